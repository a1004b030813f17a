package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a mirror follow its source's columns as far as it may: adds, widens, relaxes; never drops,
 * never narrows. Every step is recorded in {@code schema_changes}. Readers with an older snapshot
 * find the rows that they would have found before.
 */
public final class MirrorEvolution {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorEvolution.class);

  private final Connection connection;
  private final SchemaEvolution allowed;
  private final ColumnTypes types;
  private final String ledgerSchema;
  private final String sink;
  private final boolean keepsDefaults;

  public MirrorEvolution(
      Connection connection,
      SchemaEvolution allowed,
      ColumnTypes types,
      String ledgerSchema,
      String sink) {
    this(connection, allowed, types, ledgerSchema, sink, false);
  }

  /**
   * @param keepsDefaults whether an added column keeps its default, for rows of before that are yet
   *     to come
   */
  public MirrorEvolution(
      Connection connection,
      SchemaEvolution allowed,
      ColumnTypes types,
      String ledgerSchema,
      String sink,
      boolean keepsDefaults) {
    this.connection = connection;
    this.allowed = allowed;
    this.types = types;
    this.ledgerSchema = ledgerSchema;
    this.sink = sink;
    this.keepsDefaults = keepsDefaults;
  }

  /**
   * Changes the table so that it takes rows of this type, in the connection's transaction.
   *
   * @return whether anything was changed
   * @throws FatalWriteException it can't be done or may not be done
   */
  public boolean follow(
      TableId source, TargetTable table, RowType type, List<String> keyColumns, Lsn at)
      throws SQLException {
    if (steps(source, table, type, keyColumns).isEmpty()) {
      return false;
    }
    boolean rewrites = rewrites(source, table, type);
    FrozenRows rows = new FrozenRows(connection);
    if (rewrites) {
      execute("LOCK TABLE " + table.sql() + " IN SHARE ROW EXCLUSIVE MODE");
      OlderSnapshots.awaitEnd(
          connection, ledgerSchema, sink, "change the columns of " + table.id());
    }
    try (Statement statement = connection.createStatement()) {
      DdlLock.take(statement);
    }
    // another task may have done it while this one waited for the lock
    TargetTable now = new TableCatalog(connection).find(table.id()).orElse(table);
    for (String step : steps(source, now, type, keyColumns)) {
      run(table.id(), step, at);
    }
    if (rewrites && rows.possible(table.sql())) {
      rows.freeze(table.sql());
    } else if (rewrites) {
      LOG.warn(
          "{} was rewritten in place, as it is partitioned, has row security or is referred to by a"
              + " foreign key: transactions that began before may find it empty",
          table.id());
    }
    return true;
  }

  /** Whether following needs the table's rows to be written anew; changes nothing. */
  private boolean rewrites(TableId source, TargetTable table, RowType type) throws SQLException {
    if (allowed != SchemaEvolution.EVOLVE) {
      return false;
    }
    for (Column column : type.columns()) {
      int place = table.indexOf(column.name());
      String wanted = place < 0 ? null : types.typeOf(source.toString(), column);
      if (place >= 0 && widens(table.columns().get(place), wanted)) {
        if (rewrites(table.columns().get(place).type(), wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  // PostgreSQL decides by the types alone; asked with a table that has no rows
  private boolean rewrites(String from, String to) throws SQLException {
    execute("CREATE TEMP TABLE cdc_rewritten (c " + from + ")");
    String filenode = "SELECT pg_relation_filenode('pg_temp.cdc_rewritten')";
    String before = value(filenode);
    execute("ALTER TABLE pg_temp.cdc_rewritten ALTER COLUMN c TYPE " + to);
    String after = value(filenode);
    execute("DROP TABLE pg_temp.cdc_rewritten");
    return !after.equals(before);
  }

  private static boolean widens(TargetColumn found, String wanted) {
    return !TypeWidening.holds(found.type(), wanted) && TypeWidening.holds(wanted, found.type());
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new FailedStatement(sql, e);
    }
  }

  private String value(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /**
   * The statements that make the table take rows of this type.
   *
   * @throws FatalWriteException it can't be done or may not be done
   */
  List<String> steps(TableId source, TargetTable table, RowType type, List<String> keyColumns)
      throws SQLException {
    List<String> steps = new ArrayList<>();
    for (Column column : type.columns()) {
      int place = table.indexOf(column.name());
      if (place < 0) {
        String preset = ColumnDefault.clause(column, types.typeOf(source.toString(), column));
        steps.add(add(source, table, column, preset));
        if (!keepsDefaults && !preset.isEmpty()) {
          // it was for the rows of before; what is written from now on says every value
          steps.add(alter(table, column) + "DROP DEFAULT");
        }
      } else if (allowed == SchemaEvolution.EVOLVE) {
        evolve(source, table, table.columns().get(place), column, keyColumns, steps);
      }
    }
    return steps;
  }

  /**
   * Runs a step under the lock that all sinks of the database share, and records it.
   *
   * @param at where in the source's log it became necessary, null if that is not known
   */
  public void run(TableId table, String step, Lsn at) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      DdlLock.take(statement);
    }
    execute(step);
    String record =
        "INSERT INTO "
            + SqlIdentifiers.qualified(ledgerSchema, "schema_changes")
            + " (sink, target_schema, target_table, statement, source_lsn)"
            + " VALUES (?, ?, ?, ?, ?::pg_lsn)";
    try (PreparedStatement insert = connection.prepareStatement(record)) {
      insert.setString(1, sink);
      insert.setString(2, table.schema());
      insert.setString(3, table.name());
      insert.setString(4, step);
      insert.setString(5, at == null ? null : at.toString());
      insert.executeUpdate();
    }
  }

  private String add(TableId source, TargetTable table, Column column, String preset)
      throws SQLException {
    String step =
        "ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s %s%s"
            .formatted(
                table.sql(),
                SqlIdentifiers.quote(column.name()),
                types.typeOf(source.toString(), column),
                preset);
    if (allowed == SchemaEvolution.NONE) {
      throw new FatalWriteException(
          "cannot write changes of %s: %s has no column %s; set schema.evolution=add, or run: %s"
              .formatted(source, table.id(), column.name(), step));
    }
    return step;
  }

  static String alter(TargetTable table, Column column) {
    return "ALTER TABLE %s ALTER COLUMN %s "
        .formatted(table.sql(), SqlIdentifiers.quote(column.name()));
  }

  private void evolve(
      TableId source,
      TargetTable table,
      TargetColumn found,
      Column column,
      List<String> keyColumns,
      List<String> steps)
      throws SQLException {
    String wanted = types.typeOf(source.toString(), column);
    String alter = alter(table, column);
    if (!TypeWidening.holds(found.type(), wanted)) {
      String change = alter + "TYPE " + wanted;
      if (widens(found, wanted)) {
        steps.add(change);
      } else if (TypeWidening.knows(wanted, found.type())) {
        throw new FatalWriteException(
            "cannot write changes of %s: column %s is %s at the source and %s in %s, and neither holds the other's values; decide what becomes of them, for example: %s USING %s::text::%s"
                .formatted(
                    source,
                    column.name(),
                    wanted,
                    found.type(),
                    table.id(),
                    change,
                    SqlIdentifiers.quote(column.name()),
                    wanted));
      }
    }
    if (found.notNull() && column.mayBeNull() && !keyColumns.contains(column.name())) {
      steps.add(alter + "DROP NOT NULL");
    }
  }
}
