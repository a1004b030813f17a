package dev.cdcpipeline.transforms.model;

import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings.StoreKind;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.topology.AnalyticsTopology;
import dev.cdcpipeline.transforms.topology.ResultTopics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;

/** The analytics topology in a test driver: events in, results out. */
final class AnalyticsDriver implements AutoCloseable {
  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final EnvelopeWriter envelopes = new EnvelopeWriter(registry);
  private final TopologyTestDriver driver;
  private final Map<String, TestInputTopic<byte[], byte[]>> inputs = new LinkedHashMap<>();
  private final Map<String, ResultTopic<?, ?>> topics = new LinkedHashMap<>();

  AnalyticsDriver() {
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.of("shop", 1).withStores(StoreKind.IN_MEMORY),
            () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));
    AnalyticsTopology.addTo(
        pipeline,
        new ResultTopics() {
          @Override
          public <K, V> ResultTopic<K, V> topic(String name, Class<K> key, Class<V> value) {
            ResultTopic<K, V> topic = new ResultTopic<>(name, new ObjectSerde<>(), new ObjectSerde<>());
            topics.put(name, topic);
            return topic;
          }
        },
        Duration.ofSeconds(10));
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "analytics");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    driver = new TopologyTestDriver(pipeline.build(), config, Instant.parse("2024-01-01T00:00:00Z"));
    for (String table : ShopSchema.TABLES) {
      inputs.put(
          table,
          driver.createInputTopic("shop.public." + table, new ByteArraySerializer(), new ByteArraySerializer()));
    }
  }

  void pipe(SourceEvent event) {
    inputs.get(event.table()).pipeInput(event.op().equals("t") ? null : new byte[0], envelopes.write(event));
  }

  void pass(Duration time) {
    driver.advanceWallClockTime(time);
  }

  /** The records of a topic since the last call. */
  @SuppressWarnings("unchecked") // the topics' own classes
  <K, V> List<KeyValue<K, V>> read(String name) {
    ResultTopic<K, V> topic = (ResultTopic<K, V>) topics.get(name);
    TestOutputTopic<K, V> output =
        driver.createOutputTopic(name, topic.keySerde().deserializer(), topic.valueSerde().deserializer());
    return new ArrayList<>(output.readKeyValuesToList());
  }

  /** What is left of a topic's records after compaction. */
  <K, V> Map<K, V> table(String name) {
    Map<K, V> table = new LinkedHashMap<>();
    for (KeyValue<K, V> record : this.<K, V>read(name)) {
      if (record.value == null) {
        table.remove(record.key);
      } else {
        table.put(record.key, record.value);
      }
    }
    return table;
  }

  @Override
  public void close() {
    driver.close();
  }
}
