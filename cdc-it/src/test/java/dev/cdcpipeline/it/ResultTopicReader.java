package dev.cdcpipeline.it;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.serde.ConfluentAvroSerde;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.shop.model.HistoryCheck.ResultRows;
import dev.cdcpipeline.shop.topology.AnalyticsTopology;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;

/** The result topics of an application, read as committed up to now whenever it is asked. */
final class ResultTopicReader implements ResultRows, AutoCloseable {
  private static final String LOG = "orders_enriched";

  private final String prefix;
  private final SchemaRegistry registry;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<String, Map<ByteBuffer, byte[]>> tables = new HashMap<>();
  private final List<byte[]> log = new ArrayList<>();

  ResultTopicReader(Endpoints endpoints, String prefix, SchemaRegistry registry) {
    this.prefix = prefix;
    this.registry = registry;
    consumer =
        new KafkaConsumer<>(
            endpoints.kafkaClient(
                Map.of("isolation.level", "read_committed", "enable.auto.commit", "false")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  @Override
  public <V extends SpecificRecord> Collection<V> table(String topic, Class<V> type) {
    readOn();
    return rows(topic, tables.getOrDefault(topic, Map.of()).values(), type);
  }

  @Override
  public List<OrderEnriched> log() {
    readOn();
    return rows(LOG, log, OrderEnriched.class);
  }

  private <V extends SpecificRecord> List<V> rows(
      String topic, Collection<byte[]> values, Class<V> type) {
    Deserializer<V> deserializer = ConfluentAvroSerde.ofValues(registry, type).deserializer();
    return values.stream().map(value -> deserializer.deserialize(prefix + topic, value)).toList();
  }

  private void readOn() {
    if (consumer.assignment().isEmpty()) {
      List<TopicPartition> partitions =
          Stream.concat(
                  AnalyticsTopology.EVENT_TOPICS.stream(), AnalyticsTopology.TABLE_TOPICS.stream())
              .flatMap(topic -> consumer.partitionsFor(prefix + topic).stream())
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    }
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
      records.forEach(this::keep);
    }
  }

  private void keep(ConsumerRecord<byte[], byte[]> record) {
    String topic = record.topic().substring(prefix.length());
    if (topic.equals(LOG)) {
      log.add(record.value());
      return;
    }
    Map<ByteBuffer, byte[]> table = tables.computeIfAbsent(topic, name -> new LinkedHashMap<>());
    if (record.value() == null) {
      table.remove(ByteBuffer.wrap(record.key()));
    } else {
      table.put(ByteBuffer.wrap(record.key()), record.value());
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
