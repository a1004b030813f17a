package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.RowChange;
import java.util.ArrayList;
import java.util.List;

/** Rows of a snapshot that wait to be handed out together. */
final class RowBatch {
  private final List<RowChange> rows = new ArrayList<>();
  private final boolean incremental;
  private long bytes;
  private boolean handedOut;

  /**
   * Rows of an incremental snapshot keep their place in the partition, those of a full one do not.
   */
  RowBatch(boolean incremental) {
    this.incremental = incremental;
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
