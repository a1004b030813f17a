package dev.cdcpipeline.sink.change;

/**
 * A partition of a topic.
 *
 * @param topic the original topic, before any transformation renamed it
 */
public record PartitionId(String topic, int partition) implements Comparable<PartitionId> {

  /** The partition a record was read from. */
  public static PartitionId of(Coordinates coordinates) {
    return new PartitionId(coordinates.topic(), coordinates.partition());
  }

  @Override
  public int compareTo(PartitionId other) {
    int byTopic = topic.compareTo(other.topic);
    return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
  }

  /** {@code topic-partition}, as messages name it. */
  @Override
  public String toString() {
    return topic + "-" + partition;
  }
}
