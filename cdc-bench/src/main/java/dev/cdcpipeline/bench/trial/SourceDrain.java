package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Endpoints;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Counts changes as they arrive in the shop's change topics, committed ones alone, from the place
 * where the topics ended when it was made.
 */
final class SourceDrain implements AutoCloseable {
  private static final List<String> TABLES =
      List.of("customers", "products", "orders", "order_items");
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final KafkaConsumer<byte[], byte[]> consumer;

  /**
   * How long a number of changes took.
   *
   * @param fromFirst seconds from the arrival of the first to that of the last
   * @param counted those that arrived between, without what came with the first
   */
  record Drained(double fromFirst, long counted) {
    double perSecond() {
      return counted / fromFirst;
    }
  }

  SourceDrain(Endpoints endpoints) {
    consumer =
        new KafkaConsumer<>(
            endpoints.kafkaClient(
                Map.of(
                    ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                    "read_committed",
                    ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                    "20000",
                    ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                    "100")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        TABLES.stream()
            .flatMap(table -> consumer.partitionsFor("shop.public." + table).stream())
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // asks for the ends now, not at the first poll
    partitions.forEach(consumer::position);
  }

  /**
   * Waits until so many changes have arrived.
   *
   * @throws IOException they did not in ten minutes
   */
  Drained await(long changes) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    long arrived = 0;
    long withTheFirst = 0;
    long first = 0;
    while (arrived < changes) {
      long now = System.nanoTime();
      if (now > end || Thread.currentThread().isInterrupted()) {
        throw new IOException("of %d changes %d have arrived".formatted(changes, arrived));
      }
      int here = 0;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        // a tombstone is no change
        here += record.value() == null ? 0 : 1;
      }
      if (arrived == 0 && here > 0) {
        first = System.nanoTime();
        withTheFirst = here;
      }
      arrived += here;
    }
    return new Drained((System.nanoTime() - first) / 1e9, arrived - withTheFirst);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
