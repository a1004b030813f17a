package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * When probes passed through Kafka: a reader of committed records of the orders' topic, which reads
 * as the sink does, notes when each was written and when it could be read.
 */
final class ProbeStages implements AutoCloseable {
  private static final String TOPIC = "shop.public.orders";
  private static final Duration POLL = Duration.ofMillis(100);

  private final SchemaRegistry registry;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final EnvelopeDecoder decoder;
  private final Map<String, InKafka> seen = new ConcurrentHashMap<>();
  private final Thread reader;
  private volatile boolean stopping;

  /**
   * A probe's order in the change topic, both in milliseconds of the epoch.
   *
   * @param written when the source connector gave it to its producer
   * @param readable when a reader of committed records had it
   */
  record InKafka(double written, double readable) {}

  ProbeStages(Endpoints endpoints) {
    registry =
        HttpSchemaRegistry.connect(
            RegistryOptions.of(Map.of("schema.registry.url", endpoints.registryUrl())));
    decoder = EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults());
    consumer =
        new KafkaConsumer<>(
            endpoints.kafkaClient(Map.of(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(TOPIC).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position);
    reader = new Thread(this::read, "probe-stages");
    reader.setDaemon(true);
    reader.start();
  }

  /** When a probe passed; empty if it has not. */
  Optional<InKafka> of(String probe) {
    return Optional.ofNullable(seen.get(probe));
  }

  private void read() {
    while (!stopping) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        Instant now = Instant.now();
        if (record.value() != null) {
          note(record, now.getEpochSecond() * 1e3 + now.getNano() / 1e6);
        }
      }
    }
    consumer.close();
  }

  private void note(ConsumerRecord<byte[], byte[]> record, double readable) {
    ChangeEvent<Row> event = decoder.decode(TOPIC, record.value());
    Row row = event.after();
    if (row != null) {
      Object name = row.get(row.type().indexOf("order_status"));
      if (name instanceof String status) {
        seen.putIfAbsent(status, new InKafka(record.timestamp(), readable));
      }
    }
  }

  @Override
  public void close() {
    stopping = true;
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    registry.close();
  }
}
