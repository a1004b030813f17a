package dev.cdcpipeline.model.event;

/**
 * One change of one row: Debezium's envelope.
 *
 * @param <R> the row: {@link Row} for any table, or a class of one table
 * @param operation what happened
 * @param before the row before, null if the event has none. Under REPLICA IDENTITY DEFAULT it holds
 *     only the key, padded with zeros: trust your own state, not this
 * @param after the row after, null for a delete and a truncate
 * @param source where the change comes from
 * @param transaction place in the transaction, null for snapshot rows and without {@code
 *     provide.transaction.metadata}
 */
public record ChangeEvent<R>(
    Operation operation, R before, R after, Source source, TransactionBlock transaction) {

  /**
   * Whether a snapshot read the row. {@code source.snapshot} alone does not say it: after a restart
   * inside an incremental snapshot Debezium marks streamed changes as rows of a snapshot.
   */
  public boolean isRead() {
    return operation == Operation.READ && transaction == null;
  }

  /**
   * Whether this announces that a snapshot reads the table again: the source connector writes it
   * before the rows, as a TRUNCATE at the snapshot's LSN that is part of no transaction. What the
   * snapshot does not read again is gone.
   */
  public boolean announcesSnapshot() {
    return operation == Operation.TRUNCATE
        && transaction == null
        && source.snapshot() != Source.Snapshot.FALSE
        && source.previousCommit() == null;
  }

  /**
   * The change's place in the order of commits. A row that an incremental snapshot read has no LSN:
   * it stands right after the commit that was the last one before it was written.
   *
   * @param epoch the source's epoch, from configuration
   */
  public SourcePosition position(int epoch) {
    Lsn own = source.lsn();
    Lsn previous = source.previousCommit();
    if (own == null) {
      own = previous == null ? new Lsn(0) : previous;
    }
    return new SourcePosition(
        epoch,
        previous == null ? own : previous,
        own,
        transaction == null ? 0 : transaction.totalOrder());
  }
}
