package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.TransactionMarker;

/**
 * Tells a source transaction from every other one: BEGIN, END and each change of it carry the same
 * identity, in every delivery.
 *
 * <p>PostgreSQL's transaction id alone does not: it has 32 bits in the replication protocol, and a
 * restored source uses the same ids again.
 *
 * @param xid PostgreSQL's transaction id
 * @param commitMillis commit time, milliseconds since the epoch
 */
record TransactionIdentity(long xid, long commitMillis) {

  static TransactionIdentity of(ReadChange change) {
    return new TransactionIdentity(
        change.transaction().transactionId(), Math.floorDiv(change.source().timeMicros(), 1_000L));
  }

  static TransactionIdentity of(TransactionMarker marker) {
    return new TransactionIdentity(marker.transactionId(), marker.timeMillis());
  }
}
