package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.RowKey;
import dev.cdcpipeline.sink.postgres.DateTimeText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * Stages and writes a table's part of a large flush, which may come in chunks: {@code COPY}, then
 * set-wise statements that are planned afresh for what is there.
 */
final class LargeStage {
  private final Connection connection;
  private final TableFlush flush;
  private final StagedMirror mirror;
  private final StageSql sql;

  LargeStage(Connection connection, TableFlush flush) {
    this.connection = connection;
    this.flush = flush;
    this.mirror = flush.mirror();
    this.sql = mirror.sql();
  }

  /** Moves the chunk in memory to the staging relations. */
  void stageChunk() throws SQLException {
    boolean first = !flush.isStaged();
    if (first) {
      mirror.run(List.of(sql.clear(true), "DELETE FROM " + sql.gone));
    } else if (!flush.isIndexed()) {
      mirror.run(sql.createIndexes());
      flush.indexed();
    }
    String stored = first ? sql.mirror : sql.alive(flush.isTruncated());
    ToastFill toast = new ToastFill(mirror);
    if (flush.keepsChanges()) {
      copyLog(flush.log());
      toast.fill(flush.log(), sql.changes, stored);
    }
    List<StagedChange> upserts = flush.upserts();
    String target = first ? sql.staged : sql.next;
    copyRows(target, upserts);
    toast.fill(upserts, target, stored);
    List<RowKey> deletes = flush.deletedKeys();
    if (!first) {
      mirror.run(sql.merge());
      for (String forget : sql.forgetByArrays()) {
        executeWithKeys(forget, deletes);
      }
    }
    executeWithKeys(sql.insertGone(), deletes);
    flush.chunkStaged();
  }

  /**
   * Deletes all rows there are at this place of the flush.
   *
   * @return how many changes that makes, if changes are kept
   */
  long truncate(RowChange truncate, long ordinalBefore, long segment) throws SQLException {
    stageChunk();
    long rows = 0;
    if (flush.keepsChanges()) {
      PreparedStatement insert = mirror.prepared(sql.truncateChanges(flush.isTruncated()));
      StringBuilder time = new StringBuilder();
      DateTimeText.timestamp(truncate.commitTimeMicros(), time);
      insert.setLong(1, ordinalBefore);
      insert.setLong(2, segment);
      insert.setLong(3, truncate.position().previousCommit().value());
      insert.setString(4, truncate.position().lsn().toString());
      insert.setLong(5, truncate.position().totalOrder());
      insert.setString(6, time.toString());
      rows = insert.executeUpdate();
    }
    mirror.run(List.of("DELETE FROM " + sql.staged, "DELETE FROM " + sql.gone));
    flush.truncated();
    return rows;
  }

  /** Everything is staged: tell the planner, and find the old rows. */
  void complete() throws SQLException {
    mirror.run(List.of(sql.analyze(flush.keepsChanges())));
    long old = mirror.run(sql.insertOld(flush.isTruncated()));
    if (flush.isTruncated()) {
      flush.stagedInDatabase(old);
    }
    mirror.run(List.of("ANALYZE " + sql.oldRows));
  }

  /** Writes the mirror; returns the rows that changed. */
  long write() throws SQLException {
    return mirror.run(sql.delete(flush.isTruncated())) + mirror.run(sql.upsert());
  }

  /** Copies rows to a relation that is made like the staged rows. */
  void copyRows(String target, List<StagedChange> changes) throws SQLException {
    if (changes.isEmpty()) {
      return;
    }
    try (CopyText copy = new CopyText(connection, sql.copyTarget(target))) {
      for (StagedChange staged : changes) {
        RowChange change = staged.reduced().change();
        row(copy, staged.reduced().row());
        copy.plainValue().append(staged.ordinal());
        copy.plainValue().append(change.position().lsn());
        DateTimeText.timestamp(change.commitTimeMicros(), copy.plainValue());
        copy.endRow();
      }
      copy.finish();
    }
  }

  private void copyLog(List<StagedChange> changes) throws SQLException {
    if (changes.isEmpty()) {
      return;
    }
    try (CopyText copy = new CopyText(connection, sql.copyChanges())) {
      for (StagedChange staged : changes) {
        RowChange change = staged.reduced().change();
        row(copy, staged.reduced().row());
        copy.plainValue().append(staged.ordinal());
        copy.plainValue().append(staged.segment());
        copy.plainValue().append(change.operation().code());
        copy.plainValue().append(change.position().previousCommit().value());
        copy.plainValue().append(change.position().lsn());
        copy.plainValue().append(change.position().totalOrder());
        DateTimeText.timestamp(change.commitTimeMicros(), copy.plainValue());
        copy.endRow();
      }
      copy.finish();
    }
  }

  private void row(CopyText copy, Row row) throws SQLException {
    RowEncoder encoder = mirror.encoder(row.type());
    for (int i = 0; i < encoder.size(); i++) {
      copy.value(encoder, i, encoder.value(row, i));
    }
  }

  private void executeWithKeys(String text, List<RowKey> keys) throws SQLException {
    if (keys.isEmpty()) {
      return;
    }
    PreparedStatement statement = mirror.prepared(text);
    new RowArrays(statement).keys(mirror, keys);
    statement.executeUpdate();
  }
}
