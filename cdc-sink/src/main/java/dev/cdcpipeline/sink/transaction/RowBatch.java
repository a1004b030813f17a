package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.RowChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Rows of a snapshot that wait to be handed out together. */
final class RowBatch {
  private final List<RowChange> rows = new ArrayList<>();
  private final boolean incremental;
  private final Lsn readAfter;
  private long bytes;
  private boolean handedOut;

  private RowBatch(boolean incremental, Lsn readAfter) {
    this.incremental = incremental;
    this.readAfter = readAfter;
  }

  /** Rows of a full snapshot, which come out whatever stands before them in their partitions. */
  static RowBatch full() {
    return new RowBatch(false, null);
  }

  /**
   * Rows of an incremental snapshot, which keep their place in the partition.
   *
   * @param readAfter the commit that was streamed last when they were read, null if none was since
   *     the source connector's last full snapshot
   */
  static RowBatch incremental(Lsn readAfter) {
    return new RowBatch(true, readAfter);
  }

  /** Whether these are incremental rows that a row read after the same commit belongs to. */
  boolean continuesWith(Lsn previousCommit) {
    return incremental && !handedOut && Objects.equals(readAfter, previousCommit);
  }

  /**
   * Whether these are incremental rows that wait and that a full snapshot has as they are or newer.
   */
  boolean isReplacedBy(Lsn snapshot) {
    return incremental && !handedOut && (readAfter == null || readAfter.compareTo(snapshot) < 0);
  }

  boolean incremental() {
    return incremental;
  }

  void add(ReadChange change) {
    rows.add(change.change());
    bytes += change.encodedSize();
  }

  List<RowChange> rows() {
    return rows;
  }

  long bytes() {
    return bytes;
  }

  boolean handedOut() {
    return handedOut;
  }

  void handOut() {
    handedOut = true;
  }
}
