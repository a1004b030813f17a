package dev.cdcpipeline.transforms.application;

import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.model.serde.TransactionMarkerDecoder;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out how far the source's changes have been processed, all instances together.
 *
 * <p>A transaction's END is in its topic with or after all its changes, so its commit time tells
 * how far the source connector is. When the application has then read all its topics up to where
 * they ended, once for each topic that a change may pass through, it has processed all that was
 * committed by that time. A source without transactions, or a connector that stands still, moves
 * nothing; the connector's heartbeats are transactions, too. Where there is no transaction topic,
 * the time is that of this machine.
 */
final class SourceProgress implements ReadProgress, Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceProgress.class);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int MAX_POLLS = 3;
  // a few ENDs back is far enough to find one
  private static final long MARKERS_BACK = 100;
  // further behind than this there are records to read, and looking would read them twice
  private static final long NEAR = 1_000;
  // a detour, two changes of key, and the result
  private static final int TOPICS_IN_A_ROW = 4;

  private final Map<String, Object> client;
  private final String application;
  private final TopicPartition markers;
  private final Collection<String> inputs;
  private final TransactionMarkerDecoder decoder;
  private final Thread thread = new Thread(this, "source-progress");
  private volatile long reached = UNKNOWN;
  private volatile boolean closed;
  private long committed = UNKNOWN;

  /**
   * @param inputs the topics that the application reads and has not made by itself
   */
  SourceProgress(
      StreamsConfig config,
      String sourcePrefix,
      Collection<String> inputs,
      SchemaRegistry registry) {
    this.client = new HashMap<>(config.getGlobalConsumerConfigs("source-progress"));
    client.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    client.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    this.application = config.getString(StreamsConfig.APPLICATION_ID_CONFIG);
    this.markers = new TopicPartition(sourcePrefix + ".transaction", 0);
    this.inputs = inputs;
    this.decoder = new TransactionMarkerDecoder(registry);
    thread.setDaemon(true);
  }

  @Override
  public long millis() {
    return reached;
  }

  void start() {
    thread.start();
  }

  @Override
  public void run() {
    while (!closed) {
      try {
        Thread.sleep(PAUSE.toMillis());
        follow();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // whatever it is, deadlines wait for this thread
        if (!closed) {
          LOG.warn("cannot tell how far the source was read, trying again: {}", e.getMessage());
        }
      }
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private void follow() throws InterruptedException {
    try (Admin admin = Admin.create(client);
        KafkaConsumer<byte[], byte[]> consumer = consumer();
        KafkaConsumer<byte[], byte[]> probe = consumer()) {
      follow(admin, consumer, probe);
    }
  }

  private void follow(
      Admin admin, KafkaConsumer<byte[], byte[]> consumer, KafkaConsumer<byte[], byte[]> probe)
      throws InterruptedException {
    boolean told = await(admin.listTopics().names()).contains(markers.topic());
    if (told) {
      consumer.assign(List.of(markers));
      long end = consumer.endOffsets(List.of(markers)).get(markers);
      long start = consumer.beginningOffsets(List.of(markers)).get(markers);
      consumer.seek(markers, Math.max(start, end - MARKERS_BACK));
    }
    while (!closed) {
      long now = told ? lastCommit(consumer) : System.currentTimeMillis();
      if (now > reached && isProcessed(admin, probe)) {
        reached = now;
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private long lastCommit(KafkaConsumer<byte[], byte[]> consumer) {
    for (var found = consumer.poll(POLL);
        !found.isEmpty() && !closed;
        found = consumer.poll(POLL)) {
      for (ConsumerRecord<byte[], byte[]> record : found) {
        TransactionMarker marker =
            decoder.decode(record.topic(), record.partition(), record.offset(), record.value());
        if (marker != null && marker.status() == TransactionMarker.Status.END) {
          committed = Math.max(committed, marker.timeMillis());
        }
      }
    }
    return committed;
  }

  /** Waits until what the topics hold now, and what is made of it, has been processed. */
  private boolean isProcessed(Admin admin, KafkaConsumer<byte[], byte[]> probe)
      throws InterruptedException {
    List<TopicPartition> partitions = partitions(admin);
    for (int topic = 0; topic < TOPICS_IN_A_ROW; topic++) {
      Map<TopicPartition, Long> ends = ends(admin, partitions);
      Set<TopicPartition> left = new HashSet<>(ends.keySet());
      while (!left.isEmpty()) {
        if (closed) {
          return false;
        }
        Map<TopicPartition, OffsetAndMetadata> read =
            await(admin.listConsumerGroupOffsets(application).partitionsToOffsetAndMetadata());
        left.removeIf(
            partition ->
                isRead(probe, partition, offset(read.get(partition)), ends.get(partition)));
        if (!left.isEmpty()) {
          Thread.sleep(POLL.toMillis());
        }
      }
    }
    return true;
  }

  private static long offset(OffsetAndMetadata committed) {
    return committed == null ? 0 : committed.offset();
  }

  // the last offsets of a log are often markers of transactions, which no record ever shows
  private static boolean isRead(
      KafkaConsumer<byte[], byte[]> probe, TopicPartition partition, long next, long end) {
    if (next >= end) {
      return true;
    }
    if (end - next > NEAR) {
      return false;
    }
    probe.assign(List.of(partition));
    probe.seek(
        partition, Math.max(next, probe.beginningOffsets(List.of(partition)).get(partition)));
    for (int polls = 0; polls < MAX_POLLS; polls++) {
      for (ConsumerRecord<byte[], byte[]> record : probe.poll(POLL)) {
        return record.offset() >= end;
      }
      if (probe.position(partition) >= end) {
        return true;
      }
    }
    return false;
  }

  private List<TopicPartition> partitions(Admin admin) throws InterruptedException {
    Set<String> topics = new HashSet<>(inputs);
    for (String name : await(admin.listTopics().names())) {
      if (name.startsWith(application + "-") && name.endsWith("-repartition")) {
        topics.add(name);
      }
    }
    List<TopicPartition> partitions = new ArrayList<>();
    await(admin.describeTopics(topics).allTopicNames())
        .forEach(
            (name, topic) ->
                topic
                    .partitions()
                    .forEach(p -> partitions.add(new TopicPartition(name, p.partition()))));
    return partitions;
  }

  private static Map<TopicPartition, Long> ends(Admin admin, List<TopicPartition> partitions)
      throws InterruptedException {
    Map<TopicPartition, OffsetSpec> latest =
        partitions.stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    await(admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all())
        .forEach((partition, info) -> ends.put(partition, info.offset()));
    return ends;
  }

  private static <T> T await(KafkaFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException k ? k : new KafkaException(e.getCause());
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
