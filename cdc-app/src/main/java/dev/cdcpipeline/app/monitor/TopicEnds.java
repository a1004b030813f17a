package dev.cdcpipeline.app.monitor;

import dev.cdcpipeline.app.stack.Endpoints;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** Where topics end now, and which topics they are. */
public final class TopicEnds {

  private static final int TIMEOUT_MILLIS = 10_000;

  private TopicEnds() {}

  /**
   * The end of a partition.
   *
   * @param topicId Kafka's id of the topic, which changes when a topic is deleted and created again
   * @param offset of the next record that is written
   */
  public record End(String topicId, long offset) {}

  /**
   * The ends of all partitions of those topics that exist.
   *
   * @throws IOException the brokers do not answer
   */
  public static Map<TopicPartition, End> read(Endpoints endpoints, Collection<String> topics)
      throws IOException {
    Map<String, Object> config =
        endpoints.kafkaClient(
            Map.of(
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS));
    try (Admin admin = Admin.create(config)) {
      return read(admin, topics);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while asking the brokers", e);
    }
  }

  private static Map<TopicPartition, End> read(Admin admin, Collection<String> topics)
      throws ExecutionException, InterruptedException {
    Set<String> existing = new TreeSet<>(admin.listTopics().names().get());
    existing.retainAll(topics);
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    Map<String, String> ids = new HashMap<>();
    for (TopicDescription topic : admin.describeTopics(existing).allTopicNames().get().values()) {
      ids.put(topic.name(), topic.topicId().toString());
      for (TopicPartitionInfo partition : topic.partitions()) {
        asked.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
      }
    }
    Map<TopicPartition, End> ends = new HashMap<>();
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> answer :
        admin.listOffsets(asked).all().get().entrySet()) {
      TopicPartition partition = answer.getKey();
      ends.put(partition, new End(ids.get(partition.topic()), answer.getValue().offset()));
    }
    return ends;
  }
}
