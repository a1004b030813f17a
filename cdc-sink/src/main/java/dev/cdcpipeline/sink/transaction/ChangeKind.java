package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Source.Snapshot;

/**
 * What a change event is to the assembler.
 *
 * <p>{@code source.snapshot} alone does not say it: after a restart inside an incremental snapshot
 * Debezium marks streamed changes as rows of a snapshot.
 */
enum ChangeKind {
  /** Part of a source transaction. */
  STREAMED,
  /** Announces a table of a full snapshot, which may have no row. */
  SNAPSHOT_TABLE,
  /** A row of a full snapshot, which is one state of the source. */
  SNAPSHOT_ROW,
  /**
   * A row read while streaming: by an incremental snapshot or one that paused the stream (type
   * {@code BLOCKING}). It says nothing about rows that were not read.
   */
  READ_IN_PLACE;

  static ChangeKind of(ReadChange change) {
    Snapshot mark = change.source().snapshot();
    Operation operation = change.change().operation();
    if (change.transaction() != null) {
      return STREAMED;
    }
    boolean first = change.source().previousCommit() == null;
    if (operation == Operation.TRUNCATE && mark != Snapshot.FALSE && first) {
      return SNAPSHOT_TABLE;
    }
    if (operation != Operation.READ || mark == Snapshot.FALSE) {
      return STREAMED;
    }
    // A full snapshot is read before anything is streamed, so that no commit was before it.
    return mark == Snapshot.INCREMENTAL || !first ? READ_IN_PLACE : SNAPSHOT_ROW;
  }
}
