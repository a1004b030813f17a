package dev.cdcpipeline.shop.model;

import java.util.Map;

/**
 * One event as the simulated source connector emits it.
 *
 * @param table without its schema
 * @param op Debezium's letter
 * @param before null if the event has none
 * @param after null if the event has none; {@link #TOASTED} stands for a value that was not carried
 * @param previousCommit {@code sequence[0]}, null where it is unknown
 * @param totalOrder place in the transaction, 0 for a snapshot row
 * @param mark {@code source.snapshot}
 * @param wide whether keys are bigint and amounts have four decimals: the table was altered
 */
public record SourceEvent(
    String table,
    String op,
    Map<String, Object> before,
    Map<String, Object> after,
    long lsn,
    Long previousCommit,
    long transactionId,
    long totalOrder,
    String mark,
    long commitMicros,
    boolean wide) {

  /** Whether a snapshot read the row. */
  boolean isRead() {
    return op.equals("r");
  }

  public static final String TOASTED = "__debezium_unavailable_value";
}
