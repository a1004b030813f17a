package dev.cdcpipeline.model.event;

import java.util.Map;

/**
 * One record of Debezium's transaction topic.
 *
 * @param status BEGIN or END
 * @param id {@code txId:lsn}; in END the LSN is that of the commit
 * @param eventCount changes in the transaction, in END only; 0 in BEGIN
 * @param eventCounts changes by {@code schema.table}, in END only; empty in BEGIN
 * @param timeMillis commit time, milliseconds since the epoch
 */
public record TransactionMarker(
    Status status, String id, long eventCount, Map<String, Long> eventCounts, long timeMillis) {

  /** Which end of the transaction the record marks. */
  public enum Status {
    BEGIN,
    END
  }

  /** The transaction's id without the LSN. */
  public long transactionId() {
    return transactionId(id);
  }

  /** The LSN after the colon; the commit's in END. */
  public Lsn lsn() {
    int colon = id.indexOf(':');
    return new Lsn(Long.parseLong(id.substring(colon + 1)));
  }

  static long transactionId(String id) {
    int colon = id.indexOf(':');
    try {
      return Long.parseLong(colon < 0 ? id : id.substring(0, colon));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "transaction id '" + id + "' is not txId:lsn; check the Debezium version", e);
    }
  }
}
