package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.sink.binary.EncodedRows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the rows of one plan of a mirror, ordered by source position, in the connection's
 * transaction: deletes, complete rows, rows of a snapshot, and incomplete rows, whose missing
 * values stay as they are stored.
 */
final class OrderedRows extends UpsertRows {
  private final OrderedSql sql;
  private final List<Integer> unwritable = new ArrayList<>();
  private long repeats;

  OrderedRows(Connection connection, TablePlan plan, int copyThreshold, boolean shared) {
    super(connection, plan, copyThreshold, shared);
    this.sql = plan.orderedSql();
  }

  @Override
  long write(EncodedRows<?> rows) throws SQLException {
    return write(rows, rows.last(), true);
  }

  @Override
  long writeByArrays(EncodedRows<?> rows, int[] changes) throws SQLException {
    return write(rows, changes, false);
  }

  /**
   * The changes of the last writes that have no stored row to take their values from, once; they
   * were not written.
   */
  List<Integer> takeUnwritable(EncodedRows<?> rows) {
    List<Integer> taken = new ArrayList<>();
    for (int last : unwritable) {
      // those before it wanted the same stored row
      for (int change = last;
          change != EncodedRows.NONE && rows.kept(change) != null;
          change = rows.previous(change)) {
        taken.add(change);
      }
    }
    unwritable.clear();
    return taken;
  }

  /** Changes of the last writes that later ones had overtaken, once. */
  long takeRepeats() {
    long taken = repeats;
    repeats = 0;
    return taken;
  }

  /** Whether one statement writes all, in the order of the keys. */
  boolean isOneStatement(EncodedRows<?> rows) {
    if (rows.deletes() > 0) {
      return false;
    }
    boolean reads = false;
    boolean streamed = false;
    for (int change : rows.last()) {
      if (rows.kept(change) != null) {
        return false;
      }
      boolean read = isRead(rows, change);
      reads |= read;
      streamed |= !read;
    }
    return !(reads && streamed);
  }

  /** Waits for writers of the table that this one could deadlock with, or that go alone. */
  @Override
  void lock(boolean alone) throws SQLException {
    if (isShared()) {
      prepared(alone ? sql.lockAlone : sql.lockShared).execute();
    }
  }

  private long write(EncodedRows<?> rows, int[] changes, boolean mayCopy) throws SQLException {
    int unwritableBefore = unwritable.size();
    long repeatsBefore = repeats;
    try {
      return writeAll(rows, changes, mayCopy);
    } catch (SQLException e) {
      // what was written is rolled back, and what was found out with it
      unwritable.subList(unwritableBefore, unwritable.size()).clear();
      repeats = repeatsBefore;
      throw e;
    }
  }

  private long writeAll(EncodedRows<?> rows, int[] changes, boolean mayCopy) throws SQLException {
    rows.sortByKey(changes);
    List<Integer> deletes = new ArrayList<>();
    List<Integer> complete = new ArrayList<>();
    List<Integer> reads = new ArrayList<>();
    Map<BitSet, List<Integer>> incomplete = new LinkedHashMap<>();
    for (int change : changes) {
      if (rows.isDelete(change)) {
        deletes.add(change);
      } else if (rows.kept(change) != null) {
        incomplete.computeIfAbsent(rows.kept(change), kept -> new ArrayList<>()).add(change);
      } else {
        (isRead(rows, change) ? reads : complete).add(change);
      }
    }
    long written = delete(rows, array(deletes));
    long upserted = upsert(rows, array(complete), mayCopy, sql.writeStaged, sql.writeArrays);
    repeats += complete.size() - upserted;
    written += upserted;
    written += upsert(rows, array(reads), mayCopy, sql.writeReadsStaged, sql.writeReadsArrays);
    for (Map.Entry<BitSet, List<Integer>> shape : incomplete.entrySet()) {
      written += update(rows, shape.getKey(), array(shape.getValue()));
    }
    return written;
  }

  private static boolean isRead(EncodedRows<?> rows, int change) {
    return rows.position(change).kind() == ReplayPosition.Kind.READ;
  }

  private static int[] array(List<Integer> changes) {
    return changes.stream().mapToInt(Integer::intValue).toArray();
  }

  private long delete(EncodedRows<?> rows, int[] deletes) throws SQLException {
    if (deletes.length == 0) {
      return 0;
    }
    long deleted = executeWithArrays(sql.deleteArrays, rows, deletes);
    repeats += deletes.length - executeWithArrays(sql.rememberDeleted, rows, deletes);
    return deleted;
  }

  private long upsert(
      EncodedRows<?> rows, int[] changes, boolean mayCopy, String staged, String arrays)
      throws SQLException {
    if (changes.length == 0) {
      return 0;
    }
    if (!mayCopy || changes.length < copyThreshold()) {
      return executeWithArrays(arrays, rows, changes);
    }
    try (Statement statement = connection().createStatement()) {
      statement.execute(plan().sql().clearStage);
      copy(plan().sql().copyStaged, rows, changes, changes.length);
      return statement.executeLargeUpdate("/* large */ " + staged);
    }
  }

  private long update(EncodedRows<?> rows, BitSet kept, int[] changes) throws SQLException {
    long updated = executeWithArrays(sql.update(kept), rows, changes);
    if (updated < changes.length) {
      PreparedStatement select = prepared(sql.missing);
      bind(select, rows, changes);
      int before = unwritable.size();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          unwritable.add(changes[row.getInt(1) - 1]);
        }
      }
      repeats += changes.length - updated - (unwritable.size() - before);
    }
    return updated;
  }

  private long executeWithArrays(String text, EncodedRows<?> rows, int[] changes)
      throws SQLException {
    PreparedStatement statement = prepared(text);
    bind(statement, rows, Arrays.copyOf(changes, changes.length));
    return statement.executeLargeUpdate();
  }
}
