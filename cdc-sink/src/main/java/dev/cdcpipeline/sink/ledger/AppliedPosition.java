package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.model.event.Lsn;

/**
 * The source commit that the whole target equals.
 *
 * @param sourceEpoch the source's epoch, from configuration
 * @param commitLsn LSN of the commit
 * @param commitTimeMicros when it committed, microseconds since the epoch
 * @param transactionId PostgreSQL's id of the transaction
 */
public record AppliedPosition(
    int sourceEpoch, Lsn commitLsn, long commitTimeMicros, long transactionId) {}
