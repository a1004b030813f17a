package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.FailedStatement;
import dev.cdcpipeline.sink.postgres.MirrorColumns;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.TargetTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A mirror together with the session's temporary relations and prepared statements for it. Lives as
 * long as the session, or until the mirror's columns change.
 */
final class StagedMirror {
  // row types come from a cache by schema id, so this is never reached but by a caller without one
  private static final int MAX_ENCODERS = 64;
  // small flushes, or rows of them, after which the temporary relations are emptied for good; the
  // server then plans its statements again, so not too often
  private static final int USES_BEFORE_RESET = 500;
  private static final long ROWS_BEFORE_RESET = 5_000;

  private final Connection connection;
  private final TableId source;
  private final List<TargetColumn> columns;
  private final List<TargetColumn> keys;
  private final List<String> columnNames;
  private final List<String> keyColumns;
  private final StageSql sql;
  private final IdentityHashMap<RowType, RowEncoder> encoders = new IdentityHashMap<>();
  private final Map<String, PreparedStatement> statements = new HashMap<>();
  private int uses;
  private long stagedRows;

  private StagedMirror(
      Connection connection,
      TableId source,
      TargetTable table,
      List<String> keyColumns,
      int number) {
    this.connection = connection;
    this.source = source;
    this.columns = sourceColumns(table);
    this.keys = keyColumns.stream().map(k -> table.columns().get(table.indexOf(k))).toList();
    this.columnNames = columns.stream().map(TargetColumn::name).toList();
    this.keyColumns = List.copyOf(keyColumns);
    this.sql = new StageSql(table, columns, keys, number);
  }

  /** Creates the temporary relations, in a transaction of the caller's. */
  static StagedMirror create(
      Connection connection, TableId source, TargetTable table, List<String> keyColumns, int number)
      throws SQLException {
    StagedMirror mirror = new StagedMirror(connection, source, table, keyColumns, number);
    mirror.run(mirror.sql.createRelations());
    return mirror;
  }

  /** Takes over from the same mirror before it was altered, with the rows staged so far. */
  static StagedMirror altered(
      Connection connection, StagedMirror former, TargetTable table, RowType type, int number)
      throws SQLException {
    StagedMirror mirror =
        new StagedMirror(connection, former.source, table, former.keyColumns, number);
    mirror.run(mirror.sql.alterRelations(former.columns, type));
    return mirror;
  }

  TableId source() {
    return source;
  }

  List<String> keyColumns() {
    return keyColumns;
  }

  /** Whether these columns, in whatever order, are the key that its rows are written by. */
  boolean isKeyedBy(List<String> columns) {
    return keyColumns.equals(columns)
        || (keyColumns.size() == columns.size() && keyColumns.containsAll(columns));
  }

  List<String> columnNames() {
    return columnNames;
  }

  List<TargetColumn> columns() {
    return columns;
  }

  List<TargetColumn> keys() {
    return keys;
  }

  StageSql sql() {
    return sql;
  }

  /** Whether the table still has the columns this mirror was made for. */
  boolean matches(TargetTable table) {
    return columns.equals(sourceColumns(table));
  }

  private static List<TargetColumn> sourceColumns(TargetTable table) {
    return table.columns().stream().filter(c -> !MirrorColumns.isReserved(c.name())).toList();
  }

  /** Whether rows of this type were met and can be written. */
  boolean knows(RowType type) {
    return encoders.containsKey(type);
  }

  RowEncoder encoder(RowType type) {
    RowEncoder encoder = encoders.get(type);
    if (encoder == null) {
      if (encoders.size() >= MAX_ENCODERS) {
        encoders.clear();
      }
      encoder = new RowEncoder(type, columns);
      encoders.put(type, encoder);
    }
    return encoder;
  }

  /** A statement that stays prepared at the server. */
  PreparedStatement prepared(String text) throws SQLException {
    PreparedStatement statement = statements.get(text);
    if (statement == null) {
      statement = connection.prepareStatement(text);
      statements.put(text, statement);
    }
    return statement;
  }

  /** Runs a statement that stays prepared, its parameters set. */
  void execute(PreparedStatement statement, String text) throws SQLException {
    try {
      statement.execute();
    } catch (SQLException e) {
      throw new FailedStatement(text, e);
    }
  }

  /** Runs statements that are planned afresh. */
  void run(List<String> texts) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String text : texts) {
        try {
          statement.execute(text);
        } catch (SQLException e) {
          throw new FailedStatement(text, e);
        }
      }
    }
  }

  /** Runs one statement that is planned afresh; returns the rows it changed. */
  long run(String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeLargeUpdate("/* large */ " + text);
    } catch (SQLException e) {
      throw new FailedStatement(text, e);
    }
  }

  /**
   * Counts a flush whose deleted rows take room in the temporary tables; says whether it is time to
   * {@link #reset} them.
   */
  boolean used(long rows) {
    uses++;
    stagedRows += rows;
    return uses >= USES_BEFORE_RESET || stagedRows >= ROWS_BEFORE_RESET;
  }

  /** Empties the temporary relations, in a transaction of its own. */
  void reset() throws SQLException {
    run(List.of(sql.reset()));
    uses = 0;
    stagedRows = 0;
  }

  void close() throws SQLException {
    for (PreparedStatement statement : new ArrayList<>(statements.values())) {
      statement.close();
    }
    statements.clear();
  }

  /** The flush's view of this table. */
  StagedTable view(long rows, boolean withChanges) {
    return new StagedTable(
        source,
        sql.mirror,
        columnNames,
        keyColumns,
        sql.newRows,
        sql.oldRows,
        withChanges ? Optional.of(sql.changes) : Optional.empty(),
        rows);
  }
}
