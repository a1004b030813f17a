package dev.cdcpipeline.it;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** How many records a topic of the stack holds. */
final class TopicRecords {
  private TopicRecords() {}

  /** Records up to where a consumer reads that waits for commits, about: markers count as well. */
  static long committed(TableWay way, String topic) {
    return count(way, topic, IsolationLevel.READ_COMMITTED);
  }

  /** Records, committed or not. */
  static long written(TableWay way, String topic) {
    return count(way, topic, IsolationLevel.READ_UNCOMMITTED);
  }

  private static long count(TableWay way, String topic, IsolationLevel isolation) {
    try (Admin kafka = Admin.create(way.stack().endpoints().kafkaClient())) {
      Map<TopicPartition, OffsetSpec> ends =
          kafka
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get(60, TimeUnit.SECONDS)
              .get(topic)
              .partitions()
              .stream()
              .collect(
                  Collectors.toMap(
                      partition -> new TopicPartition(topic, partition.partition()),
                      partition -> OffsetSpec.latest()));
      return kafka
          .listOffsets(ends, new ListOffsetsOptions(isolation))
          .all()
          .get(60, TimeUnit.SECONDS)
          .values()
          .stream()
          .mapToLong(ListOffsetsResult.ListOffsetsResultInfo::offset)
          .sum();
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("cannot ask for the ends of " + topic, e);
    }
  }
}
