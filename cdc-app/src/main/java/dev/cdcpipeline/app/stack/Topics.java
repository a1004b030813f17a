package dev.cdcpipeline.app.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The topics that must exist before anything writes to them; the broker creates none by itself.
 *
 * @param topics each with its partitions and settings
 */
public record Topics(List<NewTopic> topics) {
  /** Keeps a copy. */
  public Topics {
    topics = List.copyOf(topics);
  }

  /**
   * Reads {@code {"topics": [{"name": …, "partitions": …, "config": {…}}, …]}}; other keys are
   * remarks.
   *
   * @throws StackException if the file can't be read or a topic has no name or no partitions
   */
  public static Topics read(Path file) {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new StackException(
          "cannot read the topics of %s: %s".formatted(file, e.getMessage()), e);
    }
    List<NewTopic> topics = new ArrayList<>();
    for (JsonNode topic : root.path("topics")) {
      String name = topic.path("name").asText();
      int partitions = topic.path("partitions").asInt();
      if (name.isEmpty() || partitions < 1) {
        throw new StackException(
            "%s: a topic needs a name and at least one partition, was %s".formatted(file, topic));
      }
      Map<String, String> config = new HashMap<>();
      topic
          .path("config")
          .properties()
          .forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
      topics.add(new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(config));
    }
    return new Topics(topics);
  }

  /**
   * Creates those that don't exist. One that exists is left as it is, with whatever partitions and
   * settings it has.
   *
   * @throws StackException if the broker refuses one
   */
  public void create(Admin admin) {
    try {
      Set<String> existing = admin.listTopics().names().get();
      List<NewTopic> missing =
          topics.stream().filter(topic -> !existing.contains(topic.name())).toList();
      for (var result : admin.createTopics(missing).values().entrySet()) {
        create(result.getKey(), result.getValue());
      }
    } catch (ExecutionException e) {
      throw new StackException("cannot list the topics: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("interrupted while creating topics", e);
    }
  }

  private static void create(String topic, org.apache.kafka.common.KafkaFuture<Void> result)
      throws InterruptedException {
    try {
      result.get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new StackException(
            "cannot create topic %s: %s".formatted(topic, e.getCause().getMessage()), e);
      }
    }
  }
}
