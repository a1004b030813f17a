package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.sink.change.PartitionId;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * What the ledger says of one partition.
 *
 * @param topicId Kafka's id of the topic the offsets are of, null if none was ever recorded
 * @param nextOffset first offset not yet applied, empty if nothing was
 * @param epoch who may write: a writer with another epoch is fenced
 * @param commitTime commit time at the source reached, null if unknown
 */
public record LedgerEntry(
    PartitionId partition,
    String topicId,
    OptionalLong nextOffset,
    long epoch,
    Instant commitTime) {}
