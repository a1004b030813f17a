package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.sink.change.RowKey;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * Stages and writes a table's part of a small flush: arrays as parameters, composite statements
 * that stay prepared at the server, one round trip to stage and one to write.
 */
final class SmallStage {
  private final StagedMirror mirror;
  private final StageSql sql;
  private final TableFlush flush;
  private final List<StagedChange> upserts;
  private final List<RowKey> deletes;

  SmallStage(TableFlush flush) {
    this.flush = flush;
    this.mirror = flush.mirror();
    this.sql = mirror.sql();
    this.upserts = flush.upserts();
    this.deletes = flush.deletedKeys();
  }

  /** Fills the staging relations. */
  void stage() throws SQLException {
    boolean withChanges = flush.keepsChanges();
    String text =
        sql.clear(withChanges) + "; " + sql.insertStaged() + "; " + sql.insertOldByArrays();
    if (withChanges) {
      text += "; " + sql.insertChanges();
    }
    PreparedStatement statement = mirror.prepared(text);
    RowArrays arrays = new RowArrays(statement);
    arrays.staged(mirror, upserts);
    arrays.keys(mirror, flush.touchedKeys());
    if (withChanges) {
      arrays.log(mirror, flush.log());
    }
    mirror.execute(statement, text);
    ToastFill toast = new ToastFill(mirror);
    toast.fill(upserts, sql.staged, sql.oldRows);
    if (withChanges) {
      toast.fill(flush.log(), sql.changes, sql.oldRows);
    }
  }

  /** Writes the mirror; returns the rows that changed. */
  long write() throws SQLException {
    // deletes first: a key may be deleted and made again under another spelling that is equal
    String text =
        deletes.isEmpty()
            ? sql.upsert()
            : upserts.isEmpty() ? sql.deleteByArrays() : sql.deleteByArrays() + "; " + sql.upsert();
    PreparedStatement statement = mirror.prepared(text);
    if (!deletes.isEmpty()) {
      new RowArrays(statement).keys(mirror, deletes);
    }
    mirror.execute(statement, text);
    long written = statement.getUpdateCount();
    if (!deletes.isEmpty() && !upserts.isEmpty()) {
      statement.getMoreResults();
      written += statement.getUpdateCount();
    }
    return written;
  }
}
