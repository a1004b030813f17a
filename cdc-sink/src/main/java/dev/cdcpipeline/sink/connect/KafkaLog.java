package dev.cdcpipeline.sink.connect;

import dev.cdcpipeline.model.tls.TlsProblem;
import dev.cdcpipeline.sink.connect.transactional.LogTails;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The sink's own look at Kafka, beside the consumer that Connect runs: topic ids, where logs begin
 * and end, and whether anything but transaction markers lies between two offsets. Every method asks
 * the broker and may throw {@link KafkaException}.
 */
final class KafkaLog implements LogTails, AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final int MAX_POLLS = 3;

  private final Map<String, Object> client;
  private final Admin admin;
  private KafkaConsumer<byte[], byte[]> probe;

  KafkaLog(Map<String, Object> client) {
    this.client = Map.copyOf(client);
    try {
      this.admin = Admin.create(new HashMap<>(client));
    } catch (KafkaException e) {
      throw explained(e);
    }
  }

  /**
   * Which offsets a log holds.
   *
   * @param start first offset that is still there
   * @param end first offset after the last record, committed or not
   */
  record Extent(long start, long end) {}

  Map<TopicPartition, Extent> extents(Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> starts = offsets(partitions, OffsetSpec.earliest());
    Map<TopicPartition, Long> ends = ends(partitions);
    Map<TopicPartition, Extent> extents = new HashMap<>();
    partitions.forEach(p -> extents.put(p, new Extent(starts.get(p), ends.get(p))));
    return extents;
  }

  @Override
  public Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
    return offsets(partitions, OffsetSpec.latest());
  }

  private Map<TopicPartition, Long> offsets(
      Collection<TopicPartition> partitions, OffsetSpec spec) {
    Map<TopicPartition, OffsetSpec> request = new HashMap<>();
    partitions.forEach(p -> request.put(p, spec));
    Map<TopicPartition, ListOffsetsResultInfo> answer =
        await(
            admin
                .listOffsets(request, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                .all());
    Map<TopicPartition, Long> offsets = new HashMap<>();
    answer.forEach((p, info) -> offsets.put(p, info.offset()));
    return offsets;
  }

  /**
   * A topic.
   *
   * @param id changes when it is deleted and created again: its offsets then mean something else
   * @param partitions how many it has
   */
  record Topic(Uuid id, int partitions) {}

  /**
   * Topics by their name.
   *
   * @throws UnknownTopicOrPartitionException one does not exist; the message names it
   */
  Map<String, Topic> topics(Set<String> names) {
    Map<String, Topic> topics = new HashMap<>();
    admin
        .describeTopics(names)
        .topicNameValues()
        .forEach(
            (name, answer) -> {
              try {
                TopicDescription topic = await(answer);
                topics.put(name, new Topic(topic.topicId(), topic.partitions().size()));
              } catch (UnknownTopicOrPartitionException e) {
                throw new UnknownTopicOrPartitionException(
                    "topic %s does not exist; create it again, or correct the connector's topics"
                        .formatted(name),
                    e);
              }
            });
    return topics;
  }

  @Override
  public boolean isReadUpTo(TopicPartition partition, long from, long to) {
    if (from >= to) {
      return true;
    }
    if (probe == null) {
      Map<String, Object> properties = new HashMap<>(client);
      properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
      properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
      properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
      properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
      properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
      probe =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
    probe.assign(List.of(partition));
    probe.seek(partition, from);
    for (int polls = 0; polls < MAX_POLLS; polls++) {
      for (ConsumerRecord<byte[], byte[]> record : probe.poll(POLL)) {
        return record.offset() >= to;
      }
      if (probe.position(partition) >= to) {
        return true;
      }
    }
    return false;
  }

  /** A failure of TLS with what is wrong, which Kafka's clients leave to the cause of the cause. */
  private KafkaException explained(KafkaException e) {
    return TlsProblem.of(e)
        .<KafkaException>map(
            problem ->
                new KafkaException(
                    "cannot reach Kafka at %s by the keys kafka.*: %s"
                        .formatted(client.get("bootstrap.servers"), problem),
                    e))
        .orElse(e);
  }

  private <T> T await(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException k
          ? explained(k)
          : new KafkaException(e.getCause());
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
    if (probe != null) {
      probe.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(5)));
    }
  }
}
