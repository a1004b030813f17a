package dev.cdcpipeline.sink.change;

/**
 * Where a change was read.
 *
 * @param topic the original topic, before any transformation renamed it
 */
public record Coordinates(String topic, int partition, long offset) {

  /** {@code topic-partition@offset}, as messages name a record. */
  @Override
  public String toString() {
    return topic + "-" + partition + "@" + offset;
  }
}
