package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.sink.change.PartitionId;

/**
 * How far a flush takes one partition.
 *
 * @param topicId Kafka's id of the topic, null to leave what is recorded
 * @param nextOffset first offset not applied after the flush
 * @param commitTimeMicros commit time at the source reached, microseconds since the epoch; 0 to
 *     leave what is recorded
 */
public record OffsetUpdate(
    PartitionId partition, String topicId, long nextOffset, long commitTimeMicros) {}
