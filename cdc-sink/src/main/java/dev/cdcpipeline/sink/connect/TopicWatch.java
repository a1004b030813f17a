package dev.cdcpipeline.sink.connect;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Notices now and then that a topic is another one by now, or has partitions that nobody reads. A
 * consumer learns of neither by itself for minutes. Not thread-safe.
 */
final class TopicWatch {
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final String sink;
  private final Function<Set<String>, Map<String, KafkaLog.Topic>> topics;
  private final Clock clock;
  private final Map<String, Uuid> ids = new HashMap<>();
  private final Map<String, Integer> assigned = new HashMap<>();
  private boolean readsAll;
  private Instant due = Instant.MIN;

  TopicWatch(String sink, Function<Set<String>, Map<String, KafkaLog.Topic>> topics, Clock clock) {
    this.sink = sink;
    this.topics = topics;
    this.clock = clock;
  }

  /**
   * Begins with what is read.
   *
   * @param readsAll whether these are all the partitions of their topics
   */
  void begin(Map<String, Uuid> ofTopics, Collection<TopicPartition> partitions, boolean readsAll) {
    this.readsAll = readsAll;
    ids.clear();
    ids.putAll(ofTopics);
    assigned.clear();
    partitions.forEach(partition -> assigned.merge(partition.topic(), 1, Integer::sum));
    due = clock.instant().plus(INTERVAL);
  }

  /**
   * Looks at the topics, if the last time is a while ago.
   *
   * @throws ConnectException one was deleted and created again
   * @throws RetriableException one does not exist at the moment, or has partitions that are not
   *     assigned yet; the message says which
   */
  void look() {
    if (!clock.instant().isBefore(due)) {
      lookNow();
    }
  }

  /** The same, whenever the last time was. */
  void lookNow() {
    due = clock.instant().plus(INTERVAL);
    if (!ids.isEmpty()) {
      topics.apply(Set.copyOf(ids.keySet())).forEach(this::check);
    }
  }

  private void check(String name, KafkaLog.Topic topic) {
    if (!topic.id().equals(ids.get(name))) {
      throw LedgerCheck.createdAgain(sink, name, topic.id(), ids.get(name).toString());
    }
    if (readsAll && topic.partitions() > assigned.get(name)) {
      throw new UnknownTopicOrPartitionException(
          "topic %s has %d partitions and this task reads %d: partitions were added, and Connect assigns them when its consumer looks at the topic again (consumer.override.metadata.max.age.ms)"
              .formatted(name, topic.partitions(), assigned.get(name)));
    }
  }
}
