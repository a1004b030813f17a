package dev.cdcpipeline.transforms.pipeline;

import java.time.Duration;

/**
 * What all tables of a pipeline share.
 *
 * @param topicPrefix the source connector's {@code topic.prefix}: the change topic of a table is
 *     {@code prefix.schema.table}
 * @param partitions of every change topic; also those of the internal topics, so that tables can be
 *     joined
 * @param epoch raised when the source is restored or migrated, so that new positions are later than
 *     all old ones
 * @param replayHorizon how long the position of a deleted key is kept, so that a replay cannot
 *     bring its row back
 * @param stores where state is kept
 */
public record PipelineSettings(
    String topicPrefix, int partitions, int epoch, Duration replayHorizon, StoreKind stores) {

  /** Where state is kept; both have a changelog in Kafka. */
  public enum StoreKind {
    /** RocksDB in the state directory. */
    PERSISTENT,
    /** The heap. */
    IN_MEMORY
  }

  /** Checks each setting. */
  public PipelineSettings {
    if (topicPrefix.isBlank()) {
      throw new IllegalArgumentException("topic prefix must not be empty");
    }
    if (partitions < 1) {
      throw new IllegalArgumentException("partitions must be at least 1, was " + partitions);
    }
    if (replayHorizon.isNegative()) {
      throw new IllegalArgumentException(
          "replay.horizon must not be negative, was " + replayHorizon);
    }
  }

  /** One hour of replay horizon, epoch 0, state in RocksDB. */
  public static PipelineSettings of(String topicPrefix, int partitions) {
    return new PipelineSettings(
        topicPrefix, partitions, 0, Duration.ofHours(1), StoreKind.PERSISTENT);
  }

  /** These settings with state kept elsewhere. */
  public PipelineSettings withStores(StoreKind kind) {
    return new PipelineSettings(topicPrefix, partitions, epoch, replayHorizon, kind);
  }

  /** These settings with another epoch. */
  public PipelineSettings withEpoch(int newEpoch) {
    return new PipelineSettings(topicPrefix, partitions, newEpoch, replayHorizon, stores);
  }

  /** These settings with another horizon. */
  public PipelineSettings withReplayHorizon(Duration horizon) {
    return new PipelineSettings(topicPrefix, partitions, epoch, horizon, stores);
  }
}
