package dev.cdcpipeline.app.topics;

import dev.cdcpipeline.app.stack.Endpoints;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the first or the last records of a topic, committed ones only, and ends there: it does not
 * wait for more. For one thread.
 */
public final class TopicRecords implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int TIMEOUT_MILLIS = 10_000;

  private static final Comparator<ConsumerRecord<byte[], byte[]>> BY_TIME =
      Comparator.<ConsumerRecord<byte[], byte[]>>comparingLong(ConsumerRecord::timestamp)
          .thenComparingInt(ConsumerRecord::partition)
          .thenComparingLong(ConsumerRecord::offset);

  private final Consumer<byte[], byte[]> consumer;

  TopicRecords(Consumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  /**
   * Connects to brokers.
   *
   * @param endpoints those of the brokers are needed
   */
  public static TopicRecords of(Endpoints endpoints) {
    return new TopicRecords(
        new KafkaConsumer<>(
            endpoints.kafkaClient(
                Map.of(
                    ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                    ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false",
                    ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false",
                    ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest",
                    ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS,
                    ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS)),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer()));
  }

  /**
   * How many partitions each topic has, by their names in order, without Kafka's own topics.
   *
   * @throws IOException the brokers do not answer
   */
  public Map<String, Integer> partitionsByTopic() throws IOException {
    try {
      Map<String, Integer> partitions = new TreeMap<>();
      consumer
          .listTopics()
          .forEach(
              (topic, infos) -> {
                if (!topic.equals("__consumer_offsets") && !topic.equals("__transaction_state")) {
                  partitions.put(topic, infos.size());
                }
              });
      return partitions;
    } catch (KafkaException e) {
      throw new IOException("the brokers do not answer: " + e.getMessage(), e);
    }
  }

  /**
   * The records of a topic that were written first, by their timestamps.
   *
   * @param limit at most so many
   * @throws IOException there is no such topic, or the brokers do not answer
   */
  public List<ConsumerRecord<byte[], byte[]>> first(String topic, int limit) throws IOException {
    Ends ends = ends(topic);
    List<ConsumerRecord<byte[], byte[]>> records = read(ends, ends.begins(), limit);
    return records.subList(0, Math.min(limit, records.size()));
  }

  /**
   * The records of a topic that were written last, by their timestamps, the last one last.
   *
   * @param limit at most so many
   * @throws IOException there is no such topic, or the brokers do not answer
   */
  public List<ConsumerRecord<byte[], byte[]>> last(String topic, int limit) throws IOException {
    Ends ends = ends(topic);
    // markers of transactions and compaction leave offsets without records: then go back further
    for (long span = limit + 1L; ; span *= 4) {
      Map<TopicPartition, Long> starts = new HashMap<>();
      boolean everything = true;
      for (Map.Entry<TopicPartition, Long> end : ends.ends().entrySet()) {
        long begin = ends.begins().get(end.getKey());
        long start = Math.max(begin, end.getValue() - span);
        starts.put(end.getKey(), start);
        everything &= start == begin;
      }
      List<ConsumerRecord<byte[], byte[]>> records = read(ends, starts, Integer.MAX_VALUE);
      if (everything || eachHas(records, starts, ends, limit)) {
        return records.subList(Math.max(0, records.size() - limit), records.size());
      }
    }
  }

  /** Whether each partition gave as many records as could be shown, or has no more. */
  private static boolean eachHas(
      List<ConsumerRecord<byte[], byte[]>> records,
      Map<TopicPartition, Long> starts,
      Ends ends,
      int limit) {
    Map<Integer, Integer> counts = new HashMap<>();
    records.forEach(record -> counts.merge(record.partition(), 1, Integer::sum));
    return starts.entrySet().stream()
        .allMatch(
            start ->
                start.getValue().equals(ends.begins().get(start.getKey()))
                    || counts.getOrDefault(start.getKey().partition(), 0) >= limit);
  }

  /** Where partitions begin and end. */
  private record Ends(Map<TopicPartition, Long> begins, Map<TopicPartition, Long> ends) {}

  private Ends ends(String topic) throws IOException {
    try {
      List<PartitionInfo> infos = consumer.partitionsFor(topic);
      if (infos == null || infos.isEmpty()) {
        throw new IOException(
            "there is no topic " + topic + "; `cdc topics list` shows those that are there");
      }
      List<TopicPartition> partitions =
          infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
      consumer.assign(partitions);
      return new Ends(consumer.beginningOffsets(partitions), consumer.endOffsets(partitions));
    } catch (KafkaException e) {
      throw new IOException("cannot read topic " + topic + ": " + e.getMessage(), e);
    }
  }

  /** At most {@code perPartition} records of each partition from its start on, in order. */
  private List<ConsumerRecord<byte[], byte[]>> read(
      Ends ends, Map<TopicPartition, Long> starts, int perPartition) throws IOException {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    try {
      consumer.resume(consumer.paused());
      starts.forEach(consumer::seek);
      Set<TopicPartition> open = new HashSet<>(starts.keySet());
      Map<TopicPartition, Integer> counts = new HashMap<>();
      long progress = System.nanoTime();
      while (true) {
        for (TopicPartition partition : List.copyOf(open)) {
          if (consumer.position(partition) >= ends.ends().get(partition)
              || counts.getOrDefault(partition, 0) >= perPartition) {
            open.remove(partition);
            consumer.pause(List.of(partition));
            progress = System.nanoTime();
          }
        }
        if (open.isEmpty()) {
          found.sort(BY_TIME);
          return found;
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          progress = System.nanoTime();
          if (record.offset() < ends.ends().get(partition)
              && counts.merge(partition, 1, Integer::sum) <= perPartition) {
            found.add(record);
          }
        }
        if (System.nanoTime() - progress > PATIENCE.toNanos()) {
          throw new IOException(
              "no record came from %s within %d s; are its brokers up?"
                  .formatted(open, PATIENCE.toSeconds()));
        }
      }
    } catch (KafkaException e) {
      throw new IOException("cannot read " + starts.keySet() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
