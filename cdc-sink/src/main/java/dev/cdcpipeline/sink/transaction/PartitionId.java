package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.Coordinates;

/**
 * One partition of a topic.
 *
 * @param topic the original topic, before any transformation renamed it
 */
public record PartitionId(String topic, int partition) {

  /** The partition a record was read from. */
  public static PartitionId of(Coordinates coordinates) {
    return new PartitionId(coordinates.topic(), coordinates.partition());
  }

  /** {@code topic-partition}, as messages name it. */
  @Override
  public String toString() {
    return topic + "-" + partition;
  }
}
