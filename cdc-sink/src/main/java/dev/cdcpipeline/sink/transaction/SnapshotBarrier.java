package dev.cdcpipeline.sink.transaction;

/**
 * Tells when a full snapshot is read to its end, and when the source connector has given it up: by
 * its last row, what is streamed behind it, and how far the partitions are read.
 */
final class SnapshotBarrier {
  private final SnapshotGate gate;
  private final TransactionOrder order;
  private final Partitions partitions;
  private final FlowControl flow;

  SnapshotBarrier(
      SnapshotGate gate, TransactionOrder order, Partitions partitions, FlowControl flow) {
    this.gate = gate;
    this.order = order;
    this.partitions = partitions;
    this.flow = flow;
  }

  /** Whether all rows were read; or that there are none, if one was expected. */
  boolean isRead() {
    return !gate.open()
        && (gate.lastRowSeen() || (gate.lsn() == null && order.holdsAnyAfter(null)))
        && partitions.data().stream().allMatch(p -> p.isPastSnapshot(gate.lsn()))
        && !awaitsEnd();
  }

  /** Whether a transaction may still end that committed before the snapshot under way. */
  boolean awaitsEnd() {
    return gate.lsn() != null
        && order.hasUnendedBefore(gate.lsn())
        && !partitions.transactions().isReadToEndAfterSnapshot();
  }

  /** Whether the connector has written all that it will write of the snapshot. */
  boolean isOver() {
    return !gate.open() && (gate.lastRowSeen() || order.holdsAnyAfter(gate.lsn()));
  }

  /** Whether to ask where the partitions end, to see whether rows are left. */
  boolean wantsEndOffsets() {
    return isGivenUp() || (isOver() && !isRead());
  }

  private boolean isGivenUp() {
    return !gate.open()
        && gate.lsn() != null
        && !gate.lastRowSeen()
        && order.holdsAnyAfter(gate.lsn());
  }

  /**
   * Fails if the connector streams without having written the last row. A new snapshot may be
   * behind what is streamed: it is looked for as far as memory allows.
   *
   * @throws IncompleteSnapshotException if there is none
   */
  void checkNotGivenUp() {
    if (!isGivenUp()) {
      return;
    }
    boolean nothingBehind =
        partitions.data().stream()
            .allMatch(
                p ->
                    p.isReadToEndAfterSnapshot()
                        || (flow.isPressed() && p.isPastSnapshot(gate.lsn())));
    if (nothingBehind) {
      throw new IncompleteSnapshotException(
          "the snapshot at "
              + gate.lsn()
              + " has no last row, and the source connector streams: it gave the snapshot up, or"
              + " this sink does not read the topic of the table that was read last; so nothing"
              + " tells which rows are gone. Give this sink the topics of all tables that the"
              + " source connector captures, or let that connector take a new snapshot, then"
              + " restart this task");
    }
  }
}
