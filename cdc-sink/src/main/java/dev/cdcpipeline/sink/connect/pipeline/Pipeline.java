package dev.cdcpipeline.sink.connect.pipeline;

import dev.cdcpipeline.sink.connect.metrics.SinkMetrics;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * From records to rows in the target.
 *
 * <p>Lives from one take-over of the ledger to the next: after any exception it is closed, and a
 * new one reads again from the ledger's offsets, so that nothing depends on what was in memory. Not
 * thread-safe.
 */
public interface Pipeline extends AutoCloseable {

  /** Tells the metrics what is done from here on. */
  void measuredBy(SinkMetrics metrics);

  /** Takes one record in. */
  void accept(SinkRecord record);

  /** A poll's records are all in: writes what is to be written. */
  void apply();

  /** Nothing arrived: gives what waits its turn. */
  void idle();

  /** Whether something waits that {@link #idle} would bring forward. */
  boolean isWaiting();

  /** First offset of each partition that is not in the target yet. */
  Map<TopicPartition, Long> appliedOffsets();

  List<TopicPartition> toPause();

  List<TopicPartition> toResume();

  @Override
  void close();
}
