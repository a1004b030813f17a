package dev.cdcpipeline.model.event;

/**
 * A change's place in its transaction: Debezium's {@code transaction} block.
 *
 * @param id as written, {@code txId:lsn}; it differs between rows of one transaction after the
 *     colon
 * @param totalOrder place among all changes of the transaction, from 1
 * @param dataCollectionOrder place among the transaction's changes of the same table, from 1
 */
public record TransactionBlock(String id, long totalOrder, long dataCollectionOrder) {

  /** The part of {@link #id} that all rows, BEGIN and END of one transaction share. */
  public long transactionId() {
    return TransactionMarker.transactionId(id);
  }
}
