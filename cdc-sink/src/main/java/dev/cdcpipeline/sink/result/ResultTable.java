package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.TableOwners;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.FrozenRows;
import dev.cdcpipeline.sink.postgres.OlderSnapshots;
import dev.cdcpipeline.sink.postgres.SqlStates;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import dev.cdcpipeline.sink.result.ResultDefinition.Index;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A result's table, its indexes and its views. The table stays the same as long as the result is
 * there: other columns are altered in place, so that readers with an older snapshot find the rows
 * of their commit.
 */
final class ResultTable {
  private static final Logger LOG = LoggerFactory.getLogger(ResultTable.class);
  private static final String WANTED = "pg_temp._cdc_wanted";
  // objects depend on what is dropped; a view uses a column, a foreign key the table
  private static final Set<String> DEPENDENT = Set.of("2BP01", "0A000");
  private static final String LOCK_NOT_AVAILABLE = "55P03";
  // well below the server's deadlock_timeout, after which it would end a reader
  private static final int SHORT_WAIT_MILLIS = 100;
  private static final int MOST_TRIES = 50;

  private final Connection connection;
  private final ResultOptions options;
  private final TableOwners owners;
  private boolean locked;

  ResultTable(Connection connection, ResultOptions options) {
    this.connection = connection;
    this.options = options;
    this.owners = new TableOwners(connection, options.catalogueSchema(), options.sink());
  }

  /** What {@link #prepare} found or made. */
  enum Existing {
    /** There was no table: it is empty. */
    EMPTY,
    /** The table has the columns it needs, and rows. */
    FILLED,
    /** The table had other types or another key: it is empty, and {@link #freeze} is due. */
    EMPTIED,
    /** It, or a view, has to be altered, and may not be locked; nothing was done. */
    BUSY
  }

  /**
   * Makes sure that the table exists with the shape's columns, and the indexes and views with it.
   *
   * @param ours whether the catalogue knows the result, so that a table with other columns may be
   *     altered
   * @param mayLock whether the table and its views may be locked against readers
   * @throws InvalidResultException a table of that name with other columns is not ours
   * @throws TransientWriteException readers with older snapshots are in the way
   */
  Existing prepare(ResultShape shape, boolean ours, boolean mayLock) throws SQLException {
    String table = table(shape.definition().target());
    boolean shared = shape.definition().kind() == ResultKind.VIOLATIONS;
    Map<ResultView, String> views = views(shape.definition());
    try (Statement statement = connection.createStatement()) {
      Existing existing = Existing.EMPTY;
      if (!exists(shape.definition().target())) {
        statement.execute("CREATE TABLE " + table + (shared ? violations() : columns(shape)));
      } else {
        statement.execute(
            "CREATE TEMP TABLE _cdc_wanted" + (shared ? violations() : columns(shape)));
        TableAlteration alteration = TableAlteration.of(connection, table, WANTED);
        if (alteration.isNone()) {
          existing = Existing.FILLED;
        } else if (ours && !shared) {
          if (!mayLock) {
            statement.execute("DROP TABLE " + WANTED);
            return Existing.BUSY;
          }
          locked = true;
          existing = alter(shape, alteration, views.keySet());
        } else {
          throw new InvalidResultException(
              shape.definition().file()
                  + ": table "
                  + options.resultSchema()
                  + "."
                  + shape.definition().target()
                  + " exists with columns "
                  + alteration.before()
                  + ", the definition gives "
                  + alteration.after()
                  + "; drop or rename it");
        }
        statement.execute("DROP TABLE " + WANTED);
      }
      for (Map.Entry<ResultView, String> view : views.entrySet()) {
        if (!view.getKey().gives(view.getValue())) {
          if (!mayLock && existing != Existing.EMPTY) {
            return Existing.BUSY;
          }
          locked = true;
          view.getKey().define(view.getValue());
        }
      }
      for (String view : shape.definition().views().keySet()) {
        new FragmentReader(connection, options).view(shape.definition(), view, table(view));
      }
      for (Index index : shape.definition().indexes()) {
        createIndex(shape, index, statement);
      }
      return existing;
    }
  }

  /** Whether {@link #prepare} has locked the table or a view of it against readers. */
  boolean hasLocked() {
    return locked;
  }

  /**
   * Makes the result's table and views this sink's.
   *
   * @throws FatalWriteException one is another sink's, or a mirror
   */
  void claim(ResultDefinition definition) throws SQLException {
    for (String name : names(definition)) {
      owners.claimResult(new TableId(options.resultSchema(), name));
    }
  }

  private static List<String> names(ResultDefinition definition) {
    return Stream.concat(Stream.of(definition.target()), definition.views().keySet().stream())
        .toList();
  }

  private Map<ResultView, String> views(ResultDefinition definition) {
    Map<ResultView, String> views = new LinkedHashMap<>();
    definition
        .views()
        .forEach((name, select) -> views.put(new ResultView(connection, table(name)), select));
    return views;
  }

  private Existing alter(ResultShape shape, TableAlteration alteration, Set<ResultView> views)
      throws SQLException {
    boolean log = shape.definition().kind() == ResultKind.LOG;
    if (log && alteration.changesKeys()) {
      throw new InvalidResultException(
          shape.definition().file()
              + ": a log keeps its rows, so its key and identity can't change from "
              + alteration.before()
              + " to "
              + alteration.after()
              + "; give the new log another name");
    }
    try (Statement statement = connection.createStatement()) {
      if (alteration.needsRewrite()) {
        awaitOlderSnapshots(shape, statement);
      }
      lock(shape, alteration.changesColumns() ? views : Set.of(), statement);
      if (alteration.needsRewrite() && !log) {
        statement.execute("TRUNCATE ONLY " + shape.table());
      }
      // without a rewrite the catalogue alone changes: rows of older snapshots stay where they are
      alteration.run(log);
    } catch (SQLException e) {
      if (!DEPENDENT.contains(String.valueOf(e.getSQLState()))) {
        throw e;
      }
      throw new InvalidResultException(
          shape.definition().file()
              + ": the columns of "
              + shape.definition().target()
              + " change, but other objects depend on it: "
              + FaultOf.message(e)
              + "; drop them first",
          e);
    }
    if (!alteration.needsRewrite()) {
      return Existing.FILLED;
    }
    if (log) {
      freeze(shape);
      return Existing.FILLED;
    }
    return Existing.EMPTIED;
  }

  private void awaitOlderSnapshots(ResultShape shape, Statement statement) throws SQLException {
    statement.execute("LOCK TABLE " + shape.table() + " IN SHARE ROW EXCLUSIVE MODE");
    String doing = "change the columns of result " + shape.name();
    try {
      OlderSnapshots.awaitEnd(connection, options.catalogueSchema(), options.sink(), doing);
    } catch (SQLException e) {
      throw SqlStates.passing(doing, e); // whatever it is, the definition has not caused it
    }
  }

  /**
   * Locks the table against readers, and drops views over it. A reader may have looked at the one
   * and be about to look at the other, so a lock is never waited for long while another is held.
   */
  private void lock(ResultShape shape, Set<ResultView> views, Statement statement)
      throws SQLException {
    if (views.isEmpty()) {
      statement.execute("LOCK TABLE " + shape.table() + " IN ACCESS EXCLUSIVE MODE");
      return;
    }
    statement.execute(
        "SELECT set_config('cdc.lock_timeout', current_setting('lock_timeout'), true)");
    for (int tries = 1; ; tries++) {
      statement.execute("SAVEPOINT cdc_locks");
      statement.execute("SET LOCAL lock_timeout = " + SHORT_WAIT_MILLIS);
      try {
        for (ResultView view : views) {
          view.drop();
        }
        statement.execute("LOCK TABLE " + shape.table() + " IN ACCESS EXCLUSIVE MODE");
        statement.execute(
            "SELECT set_config('lock_timeout', current_setting('cdc.lock_timeout'), true)");
        statement.execute("RELEASE SAVEPOINT cdc_locks");
        return;
      } catch (SQLException e) {
        if (!LOCK_NOT_AVAILABLE.equals(e.getSQLState()) || tries == MOST_TRIES) {
          throw e;
        }
        statement.execute("ROLLBACK TO SAVEPOINT cdc_locks");
        statement.execute("SELECT pg_sleep(" + SHORT_WAIT_MILLIS + " / 1000.0)");
      }
    }
  }

  /** Makes the rows of a table that was emptied and filled visible to older snapshots, too. */
  void freeze(ResultShape shape) throws SQLException {
    FrozenRows rows = new FrozenRows(connection);
    if (rows.possible(shape.table())) {
      rows.freeze(shape.table());
    } else {
      LOG.warn(
          "{} was rewritten in place, as it has children, row security for its owner, or is"
              + " referred to by a foreign key: transactions that began before may find it empty",
          shape.table());
    }
  }

  /** Makes sure that there is a table to plan with; the indexes of the definition are left out. */
  void prepareForPlan(ResultShape shape) throws SQLException {
    String target = shape.definition().target();
    if (!exists(target)) {
      boolean shared = shape.definition().kind() == ResultKind.VIOLATIONS;
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE " + shape.table() + (shared ? violations() : columns(shape)));
      }
    }
  }

  /** Drops the table with its views. */
  void drop(ResultDefinition definition) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String view : definition.views().keySet()) {
        statement.execute("DROP VIEW IF EXISTS " + table(view));
      }
      statement.execute("DROP TABLE IF EXISTS " + table(definition.target()));
    }
    for (String name : names(definition)) {
      owners.releaseResult(new TableId(options.resultSchema(), name));
    }
  }

  /**
   * Creates, once per session, the relations that hold the rows a flush changed in a result.
   *
   * @return whether they had to be created
   */
  boolean createChangedRows(ResultShape shape) throws SQLException {
    boolean created = false;
    try (Statement statement = connection.createStatement()) {
      for (String name : List.of(Upsert.newRows(shape), Upsert.oldRows(shape))) {
        if (!sameColumns(name, shape.table())) {
          String bare = name.substring("pg_temp.".length());
          statement.execute("DROP TABLE IF EXISTS " + name);
          statement.execute(
              "CREATE TEMP TABLE " + bare + " AS TABLE " + shape.table() + " WITH NO DATA");
          created = true;
        }
      }
    }
    return created;
  }

  private boolean sameColumns(String one, String other) throws SQLException {
    String columns =
        "(SELECT array_agg(attname || ' ' || format_type(atttypid, atttypmod) ORDER BY attnum) FROM"
            + " pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped)";
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT coalesce(" + columns + " = " + columns + ", false)")) {
      statement.setString(1, one);
      statement.setString(2, other);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  private static String columns(ResultShape shape) {
    StringBuilder sql = new StringBuilder(" (");
    boolean log = shape.definition().kind() == ResultKind.LOG;
    if (log) {
      sql.append(Sql.quote(shape.definition().identity()));
      sql.append(" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ");
    }
    shape
        .columns()
        .forEach(c -> sql.append(Sql.quote(c.name())).append(' ').append(c.type()).append(", "));
    sql.append("updated_at timestamptz NOT NULL");
    sql.append(shape.ownsLsn() ? ", source_lsn pg_lsn" : "");
    if (!shape.key().isEmpty()) {
      sql.append(log ? ", UNIQUE (" : ", PRIMARY KEY (").append(Sql.list(shape.key())).append(")");
    }
    // room on each page for the next version of a row, so that updates need no index entry
    return sql.append(log ? ")" : ") WITH (fillfactor = 80)").toString();
  }

  private static String violations() {
    return " (rule text, source_table text, row_key text, detail text, detected_at timestamptz,"
        + " resolved_at timestamptz, updated_at timestamptz NOT NULL, source_lsn pg_lsn,"
        + " PRIMARY KEY (rule, source_table, row_key))";
  }

  private void createIndex(ResultShape shape, Index index, Statement statement)
      throws SQLException {
    Relation relation =
        index.table().equals(shape.definition().target())
            ? new Relation(index.table(), shape.table(), List.of(), List.of())
            : shape.relations().get(index.table());
    if (relation == null) {
      throw new InvalidResultException(
          shape.definition().file()
              + ": index on "
              + index.table()
              + ", which the result does not read");
    }
    if (!hasIndex(relation.table(), index.columns())) {
      statement.execute(
          "CREATE INDEX ON " + relation.table() + " (" + Sql.list(index.columns()) + ")");
    }
  }

  private boolean hasIndex(String table, List<String> columns) throws SQLException {
    String sql =
        "SELECT 1 FROM pg_index i WHERE i.indrelid = ?::regclass AND i.indpred IS NULL AND"
            + " i.indisvalid AND (SELECT array_agg(a.attname::text ORDER BY k.ord) FROM"
            + " unnest(i.indkey) WITH ORDINALITY k(num, ord) JOIN pg_attribute a ON a.attrelid ="
            + " i.indrelid AND a.attnum = k.num WHERE k.ord <= ?) = ?::text[]";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table);
      statement.setInt(2, columns.size());
      statement.setArray(3, connection.createArrayOf("text", columns.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  private boolean exists(String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT to_regclass(?) IS NOT NULL")) {
      statement.setString(1, table(name));
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  private String table(String name) {
    return Sql.quote(options.resultSchema(), name);
  }
}
