package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.sink.binary.CopyStream;
import dev.cdcpipeline.sink.binary.EncodedRows;
import dev.cdcpipeline.sink.binary.FieldArrays;
import dev.cdcpipeline.sink.postgres.SqlStates;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Writes rows of one plan in the connection's transaction. */
class UpsertRows implements AutoCloseable {
  // two rows of one statement that the database calls one, though their bytes differ
  private static final String CARDINALITY_VIOLATION = "21000";
  private static final String UNIQUE_VIOLATION = "23505";
  private static final int LONGEST_PAUSE = 31;

  private final Connection connection;
  private final TablePlan plan;
  private final UpsertSql sql;
  private final int copyThreshold;
  private final boolean shared;
  private final Map<String, PreparedStatement> statements = new HashMap<>();
  // flushes for which nobody asks whether all keys are new, after one whose were not
  private int pause;
  private int paused;

  UpsertRows(Connection connection, TablePlan plan, int copyThreshold, boolean shared) {
    this.connection = connection;
    this.plan = plan;
    this.sql = plan.sql();
    this.copyThreshold = copyThreshold;
    this.shared = shared;
  }

  /** Whether fewer rows might be written where these were not. */
  static boolean isOfSomeRows(SQLException e) {
    return SqlStates.kind(e.getSQLState()) == SqlStates.Kind.RECORD
        || CARDINALITY_VIOLATION.equals(e.getSQLState());
  }

  final TablePlan plan() {
    return plan;
  }

  /** Writes the last change of every key, or all rows where there is none; returns rows changed. */
  long write(EncodedRows<?> rows) throws SQLException {
    int[] last = rows.last();
    if (!plan.layout().isKeyed()) {
      return last.length < copyThreshold && !(sql.copyDirect != null && last.length > 1)
          ? writeArrays(rows, last, 0, last.length)
          : append(rows, last);
    }
    rows.sortByKey(last);
    int upserts = deletesToTheEnd(rows, last);
    lock(upserts < last.length);
    long changed = 0;
    if (upserts < last.length) {
      changed = delete(rows, last, upserts);
    }
    if (upserts == 0) {
      return changed;
    }
    return changed
        + (upserts < copyThreshold
            ? writeArrays(rows, last, 0, upserts)
            : upsertMany(rows, last, upserts));
  }

  /** Writes these changes by arrays, whatever their number; no two of them have one key. */
  long writeByArrays(EncodedRows<?> rows, int[] changes) throws SQLException {
    if (plan.layout().isKeyed()) {
      rows.sortByKey(changes);
    }
    int upserts = deletesToTheEnd(rows, changes);
    long changed = upserts < changes.length ? delete(rows, changes, upserts) : 0;
    return changed + (upserts > 0 ? writeArrays(rows, changes, 0, upserts) : 0);
  }

  /**
   * Upserts lock rows in the order of their keys, so that they wait for each other in one
   * direction. A flush that deletes as well goes through the keys twice: it goes alone.
   */
  void lock(boolean deletes) throws SQLException {
    if (shared && plan.layout().isKeyed()) {
      prepared(deletes ? sql.lockAlone : sql.lockShared).execute();
    }
  }

  /** Moves deletes behind upserts, keeping the order within both; returns the upserts' number. */
  private static int deletesToTheEnd(EncodedRows<?> rows, int[] changes) {
    int[] deletes = new int[changes.length];
    int upserts = 0;
    int n = 0;
    for (int change : changes) {
      if (rows.isDelete(change)) {
        deletes[n++] = change;
      } else {
        changes[upserts++] = change;
      }
    }
    System.arraycopy(deletes, 0, changes, upserts, n);
    return upserts;
  }

  private long delete(EncodedRows<?> rows, int[] changes, int upserts) throws SQLException {
    PreparedStatement delete = prepared(sql.deleteArrays);
    bind(delete, FieldArrays.of(rows, changes, upserts, changes.length));
    return delete.executeLargeUpdate();
  }

  private long writeArrays(EncodedRows<?> rows, int[] changes, int from, int to)
      throws SQLException {
    PreparedStatement write = prepared(sql.writeArrays);
    bind(write, FieldArrays.of(rows, changes, from, to));
    return write.executeLargeUpdate();
  }

  private long append(EncodedRows<?> rows, int[] changes) throws SQLException {
    if (sql.copyDirect == null) {
      return stage(rows, changes, changes.length);
    }
    return copy(sql.copyDirect, rows, changes, changes.length);
  }

  /**
   * Rows whose keys are all new go by {@code COPY} into the table itself, in half the time that a
   * merge of them takes; keys are asked for in advance, so that a row that is there already does
   * not leave those before it as garbage.
   */
  private long upsertMany(EncodedRows<?> rows, int[] changes, int count) throws SQLException {
    if (sql.copyDirect != null && areAllNew(rows, changes, count)) {
      Savepoint before = connection.setSavepoint();
      try {
        return copy(sql.copyDirect, rows, changes, count);
      } catch (SQLException e) {
        if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
          throw e;
        }
        // somebody else has written one of the keys in between
        connection.rollback(before);
      }
    }
    return stage(rows, changes, count);
  }

  private boolean areAllNew(EncodedRows<?> rows, int[] changes, int count) throws SQLException {
    if (paused > 0) {
      paused--;
      return false;
    }
    PreparedStatement select = prepared(sql.anyStored);
    bindKeys(select, FieldArrays.of(rows, changes, 0, count));
    boolean stored;
    try (Statement planner = connection.createStatement()) {
      // a plan that is kept from when the table was small must not read all of it for each key
      planner.execute("SET LOCAL enable_seqscan = off");
      try (ResultSet row = select.executeQuery()) {
        row.next();
        stored = row.getBoolean(1);
      }
      planner.execute("SET LOCAL enable_seqscan TO DEFAULT");
    }
    pause = stored ? Math.min(2 * pause + 1, LONGEST_PAUSE) : 0;
    paused = pause;
    return !stored;
  }

  private long stage(EncodedRows<?> rows, int[] changes, int count) throws SQLException {
    copy(sql.copyStaged, rows, changes, count);
    try (Statement statement = connection.createStatement()) {
      return statement.executeLargeUpdate("/* large */ " + sql.writeStaged);
    }
  }

  final Connection connection() {
    return connection;
  }

  final int copyThreshold() {
    return copyThreshold;
  }

  /** Whether other writers may write the same table at the same time. */
  final boolean isShared() {
    return shared;
  }

  /** Returns the rows that the target says it has taken. */
  final long copy(String command, EncodedRows<?> rows, int[] changes, int count)
      throws SQLException {
    CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(command);
    try {
      CopyStream.write(rows, changes, 0, count, copy::writeToCopy);
      return copy.endCopy();
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  /** Binds arrays of the columns of some changes. */
  static void bind(PreparedStatement statement, EncodedRows<?> rows, int[] changes)
      throws SQLException {
    bind(statement, FieldArrays.of(rows, changes, 0, changes.length));
  }

  private static void bind(PreparedStatement statement, FieldArrays arrays) throws SQLException {
    for (int parameter = 1; arrays.hasNext(); parameter++) {
      statement.setObject(parameter, new BinaryArray(arrays.type(), arrays.next()));
    }
  }

  // the key columns of rows, whose other columns stand between them
  private void bindKeys(PreparedStatement statement, FieldArrays arrays) throws SQLException {
    List<Integer> keyColumns = plan.layout().keyColumns();
    int bound = 0;
    for (int column = 0; bound < keyColumns.size(); column++) {
      int place = keyColumns.indexOf(column);
      if (place < 0) {
        arrays.skip();
      } else {
        statement.setObject(place + 1, new BinaryArray(arrays.type(), arrays.next()));
        bound++;
      }
    }
  }

  final PreparedStatement prepared(String text) throws SQLException {
    PreparedStatement statement = statements.get(text);
    if (statement == null) {
      statement = connection.prepareStatement(text);
      statements.put(text, statement);
    }
    return statement;
  }

  @Override
  public void close() {
    for (PreparedStatement statement : statements.values()) {
      try {
        statement.close();
      } catch (SQLException e) {
        // a statement of a broken connection; whoever owns the connection finds out
      }
    }
    statements.clear();
  }
}
