package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.sink.change.LastChangePerKey;
import dev.cdcpipeline.sink.change.ReducedChange;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.RowKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one flush has of one table so far: a chunk in memory, and what is staged already. */
final class TableFlush {
  private StagedMirror mirror;
  private final boolean keepsChanges;
  private final LastChangePerKey last;
  private final Map<RowKey, StagedChange> lastStaged = new HashMap<>();
  private final List<StagedChange> log = new ArrayList<>();
  private boolean staged;
  private boolean indexed;
  private boolean truncated;
  private boolean readsKept;
  private long keys;
  private long changes;

  TableFlush(StagedMirror mirror, boolean keepsChanges) {
    this.mirror = mirror;
    this.keepsChanges = keepsChanges;
    this.last = new LastChangePerKey(mirror.keyColumns());
  }

  /** The mirror was altered in the middle of the flush. */
  void altered(StagedMirror now) {
    mirror = now;
  }

  StagedMirror mirror() {
    return mirror;
  }

  void add(RowChange change, long ordinal, long segment) {
    ReducedChange reduced = last.add(change);
    StagedChange stagedChange = new StagedChange(reduced, ordinal, segment);
    lastStaged.put(reduced.key(), stagedChange);
    changes++;
    if (keepsChanges) {
      log.add(stagedChange);
      readsKept |= change.operation() == Operation.READ;
    }
  }

  /**
   * Everything is staged: a row that an incremental snapshot has read and that is as before is no
   * change.
   */
  void forgetUnchangedReads() throws SQLException {
    if (readsKept) {
      mirror.run(List.of(mirror.sql().forgetUnchangedReads()));
    }
  }

  /** Whether somebody wants every change. */
  boolean keepsChanges() {
    return keepsChanges;
  }

  /** The flush's view of this table. */
  StagedTable view() {
    return mirror.view(keys(), keepsChanges);
  }

  /** Every change of the chunk in commit order; empty if nobody asked for them. */
  List<StagedChange> log() {
    return log;
  }

  /** The chunk's last change of every key that has a row after it. */
  List<StagedChange> upserts() {
    List<StagedChange> found = new ArrayList<>(last.size());
    for (ReducedChange change : last.changes()) {
      if (!change.isDelete()) {
        found.add(lastStaged.get(change.key()));
      }
    }
    return found;
  }

  /** The keys that have no row after the chunk. */
  List<RowKey> deletedKeys() {
    return last.deletes().stream().map(ReducedChange::key).toList();
  }

  /** All keys that the chunk touches. */
  List<RowKey> touchedKeys() {
    return last.changes().stream().map(ReducedChange::key).toList();
  }

  boolean hasChunk() {
    return last.size() > 0;
  }

  /** The chunk is in the target's staging tables. */
  void chunkStaged() {
    staged = true;
    keys += last.size();
    last.clear();
    lastStaged.clear();
    log.clear();
  }

  /** Rows that never were in memory are in the target's staging tables. */
  void stagedInDatabase(long rows) {
    staged = true;
    keys += rows;
  }

  boolean isStaged() {
    return staged;
  }

  boolean isIndexed() {
    return indexed;
  }

  void indexed() {
    indexed = true;
  }

  /** All rows of before are gone. */
  void truncated() {
    truncated = true;
    staged = true;
  }

  boolean isTruncated() {
    return truncated;
  }

  /** Rows in the largest of the staging relations, about. */
  long stagedRows() {
    return keepsChanges ? Math.max(changes, keys()) : keys();
  }

  /** Keys touched, at least. */
  long keys() {
    return keys + last.size();
  }
}
