package dev.cdcpipeline.model.event;

/**
 * Where a change comes from: Debezium's {@code source} block.
 *
 * @param schema schema of the table
 * @param table name of the table
 * @param transactionId PostgreSQL's transaction id ({@code txId}), 0 if the event has none
 * @param lsn the change's LSN; not unique and not in commit order; null only in rows that an
 *     incremental snapshot read, which have none
 * @param previousCommit {@code sequence[0]}, null where Debezium wrote null (snapshot rows, first
 *     rows after a start)
 * @param snapshot where in a snapshot the row stands, {@link Snapshot#FALSE} for a streamed one
 * @param timeMicros commit time of the change at the source (of the read, for a snapshot row),
 *     microseconds since the epoch
 */
public record Source(
    String schema,
    String table,
    long transactionId,
    Lsn lsn,
    Lsn previousCommit,
    Snapshot snapshot,
    long timeMicros) {

  /** Debezium's marks on the rows of a snapshot. */
  public enum Snapshot {
    TRUE,
    FIRST,
    FIRST_IN_DATA_COLLECTION,
    LAST_IN_DATA_COLLECTION,
    LAST,
    FALSE,
    INCREMENTAL
  }

  /** {@code schema.table}, as Debezium counts it in a transaction's END. */
  public String dataCollection() {
    return schema + "." + table;
  }
}
