package dev.cdcpipeline.app.monitor;

import dev.cdcpipeline.app.monitor.PipelineStatus.Lag;
import dev.cdcpipeline.app.stack.Endpoints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** How far consumer groups are behind. */
final class ConsumerLag {

  private static final int TIMEOUT_MILLIS = 5_000;

  private ConsumerLag() {}

  /**
   * The lag of every consumer group in every topic it has committed offsets of.
   *
   * @throws IOException the brokers do not answer
   */
  static List<Lag> read(Endpoints endpoints) throws IOException, InterruptedException {
    Map<String, Object> config =
        endpoints.kafkaClient(
            Map.of(
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS));
    try (Admin admin = Admin.create(config)) {
      return read(admin);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    }
  }

  private static List<Lag> read(Admin admin) throws ExecutionException, InterruptedException {
    Set<String> groups = new TreeSet<>();
    for (GroupListing group : admin.listGroups(ListGroupsOptions.forConsumerGroups()).all().get()) {
      groups.add(group.groupId());
    }
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed = new TreeMap<>();
    Set<TopicPartition> partitions = new TreeSet<>(ConsumerLag::compare);
    for (String group : groups) {
      ListConsumerGroupOffsetsResult offsets = admin.listConsumerGroupOffsets(group);
      Map<TopicPartition, OffsetAndMetadata> known =
          new HashMap<>(offsets.partitionsToOffsetAndMetadata().get());
      known.values().removeIf(offset -> offset == null);
      committed.put(group, known);
      partitions.addAll(known.keySet());
    }
    Map<TopicPartition, ListOffsetsResultInfo> ends =
        admin
            .listOffsets(
                partitions.stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest())),
                new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
            .all()
            .get();
    List<Lag> lags = new ArrayList<>();
    committed.forEach(
        (group, offsets) -> {
          Map<String, Long> byTopic = new TreeMap<>();
          offsets.forEach(
              (partition, offset) ->
                  byTopic.merge(
                      partition.topic(),
                      Math.max(0, ends.get(partition).offset() - offset.offset()),
                      Long::sum));
          byTopic.forEach((topic, records) -> lags.add(new Lag(group, topic, records)));
        });
    return lags;
  }

  private static int compare(TopicPartition one, TopicPartition other) {
    int byTopic = one.topic().compareTo(other.topic());
    return byTopic != 0 ? byTopic : Integer.compare(one.partition(), other.partition());
  }
}
