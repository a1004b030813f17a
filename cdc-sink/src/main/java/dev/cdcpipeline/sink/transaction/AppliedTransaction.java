package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import java.util.Objects;

/**
 * The last source transaction that the target holds.
 *
 * @param transactionId PostgreSQL's transaction id
 * @param commitLsn LSN of its END
 * @param commitMillis commit time, milliseconds since the epoch
 */
public record AppliedTransaction(long transactionId, Lsn commitLsn, long commitMillis) {

  public AppliedTransaction {
    Objects.requireNonNull(commitLsn, "commitLsn");
  }

  TransactionIdentity identity() {
    return new TransactionIdentity(transactionId, commitMillis);
  }
}
