package dev.cdcpipeline.transforms.application;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The topics that the application reads and writes: the change topics must be there, its own are
 * created with the clean-up that their meaning asks for, never by accident.
 */
final class Topics {
  /** Longer than any outage of a sink that is survived without a resynchronisation. */
  private static final Duration TOMBSTONE_RETENTION = Duration.ofDays(7);

  private static final Duration EVENT_RETENTION = Duration.ofDays(7);
  private static final Duration DEAD_LETTER_RETENTION = Duration.ofDays(30);

  private final Admin admin;
  private final int partitions;
  private final short replication;
  private final List<NewTopic> own = new ArrayList<>();
  private final List<String> sources = new ArrayList<>();

  Topics(Admin admin, int partitions, short replication) {
    this.admin = admin;
    this.partitions = partitions;
    this.replication = replication;
  }

  /** Change topics, made by whoever runs the source connector. */
  Topics reads(Collection<String> names) {
    sources.addAll(names);
    return this;
  }

  /** Topics of events: kept for a time. */
  Topics writesEvents(Collection<String> names) {
    return add(
        names,
        partitions,
        TopicConfig.CLEANUP_POLICY_DELETE,
        TopicConfig.RETENTION_MS_CONFIG,
        EVENT_RETENTION);
  }

  /**
   * Topics of rows: the last one of each key is kept, tombstones for longer than a sink may be
   * away.
   */
  Topics writesTables(Collection<String> names) {
    return add(
        names,
        partitions,
        TopicConfig.CLEANUP_POLICY_COMPACT,
        TopicConfig.DELETE_RETENTION_MS_CONFIG,
        TOMBSTONE_RETENTION);
  }

  /** The dead letters. */
  Topics writesDeadLetters(String name) {
    return add(
        List.of(name),
        1,
        TopicConfig.CLEANUP_POLICY_DELETE,
        TopicConfig.RETENTION_MS_CONFIG,
        DEAD_LETTER_RETENTION);
  }

  private Topics add(
      Collection<String> names,
      int count,
      String cleanup,
      String retentionKey,
      Duration retention) {
    Map<String, String> config = new HashMap<>();
    config.put(TopicConfig.CLEANUP_POLICY_CONFIG, cleanup);
    config.put(retentionKey, Long.toString(retention.toMillis()));
    names.forEach(name -> own.add(new NewTopic(name, count, replication).configs(config)));
    return this;
  }

  /**
   * Creates what is missing and checks what is there.
   *
   * @throws FatalException if a change topic is missing or a topic has another number of partitions
   */
  void prepare() {
    for (String source : sources) {
      requirePartitions(
          source,
          partitions,
          "create it as the source connector's topics are created, then start again");
    }
    admin.createTopics(own).values().forEach(Topics::awaitCreation);
    for (NewTopic topic : own) {
      if (topic.numPartitions() == partitions) {
        requirePartitions(topic.name(), partitions, "delete it, or set source.partitions");
      }
    }
  }

  private static void awaitCreation(String name, KafkaFuture<Void> created) {
    try {
      created.get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new KafkaException(
            "cannot create topic " + name + ": " + e.getCause().getMessage(), e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while topic " + name + " was created", e);
    }
  }

  private void requirePartitions(String name, int expected, String advice) {
    try {
      TopicDescription topic =
          admin.describeTopics(List.of(name)).topicNameValues().get(name).get();
      if (topic.partitions().size() != expected) {
        throw new FatalException(
            "topic "
                + name
                + " has "
                + topic.partitions().size()
                + " partitions, expected "
                + expected
                + " (source.partitions): tables with different numbers cannot be joined; "
                + advice);
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new FatalException("topic " + name + " does not exist; " + advice, e.getCause());
      }
      throw new KafkaException(
          "cannot describe topic " + name + ": " + e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while topic " + name + " was described", e);
    }
  }
}
