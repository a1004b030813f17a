package dev.cdcpipeline.shop.model;

import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.serde.ConfluentAvroSerde;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.shop.model.HistoryCheck.ResultRows;
import dev.cdcpipeline.shop.topology.AnalyticsTopology;
import dev.cdcpipeline.transforms.pipeline.DeadLetterHandler;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings.StoreKind;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** The analytics topology in a test driver: events in, results out. */
public final class AnalyticsDriver implements AutoCloseable, ResultRows {
  private static final String DEAD_LETTERS = "shop.dead-letters";
  private static final Instant START = Instant.parse("2024-01-01T00:00:00Z");

  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final EnvelopeWriter envelopes = new EnvelopeWriter(registry);
  private final TopologyTestDriver driver;
  private final Map<String, TestInputTopic<byte[], byte[]>> inputs = new LinkedHashMap<>();
  private long now = START.toEpochMilli();
  private long behind;

  public AnalyticsDriver() {
    this(PipelineSettings.of("shop", 1));
  }

  /**
   * A driver of one partition, whatever the settings say: with three partitions, two thirds of the
   * keys are misplaced.
   */
  public AnalyticsDriver(PipelineSettings settings) {
    Pipeline pipeline =
        new Pipeline(
            settings.withStores(StoreKind.IN_MEMORY),
            () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));
    AnalyticsTopology.addTo(
        pipeline,
        ResultTopics.of(registry),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        () -> now - behind);
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "analytics");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    config.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
    config.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, DEAD_LETTERS);
    driver = new TopologyTestDriver(pipeline.build(), config, START);
    for (String table : ShopSchema.TABLES) {
      inputs.put(
          table,
          driver.createInputTopic(
              "shop.public." + table, new ByteArraySerializer(), new ByteArraySerializer()));
    }
  }

  public void pipe(SourceEvent event) {
    inputs
        .get(event.table())
        .pipeInput(event.op().equals("t") ? null : new byte[0], envelopes.write(event));
  }

  /** Bytes that are no event of ours. */
  public void pipeBytes(String table, byte[] value) {
    inputs.get(table).pipeInput(new byte[0], value);
  }

  /** The dead letters since the last call. */
  public List<TestRecord<byte[], byte[]>> deadLetters() {
    return driver
        .createOutputTopic(DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readRecordsToList();
  }

  /** How many records the changelog of a store got since the last call. */
  public int changelogRecords(String store) {
    return driver
        .createOutputTopic(
            "analytics-" + store + "-changelog",
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())
        .readRecordsToList()
        .size();
  }

  public void pass(Duration time) {
    now += time.toMillis();
    driver.advanceWallClockTime(time);
  }

  /** Time passes, and what was committed at the source meanwhile is yet to come. */
  public void passUnread(Duration time) {
    behind += time.toMillis();
    pass(time);
  }

  /** All that was committed has come. */
  public void catchUp() {
    behind = 0;
  }

  /** The values of a topic's records since the last call. */
  public <V extends SpecificRecord> List<V> read(String topic, Class<V> type) {
    return this.<V>records(topic, type).stream().map(record -> record.value).toList();
  }

  @Override
  public List<OrderEnriched> log() {
    return read("orders_enriched", OrderEnriched.class);
  }

  @Override
  public <V extends SpecificRecord> Collection<V> table(String topic, Class<V> type) {
    Map<Object, V> table = new LinkedHashMap<>();
    for (KeyValue<GenericRecord, V> record : this.<V>records(topic, type)) {
      if (record.value == null) {
        table.remove(record.key);
      } else {
        table.put(record.key, record.value);
      }
    }
    return table.values();
  }

  /** The records of a topic since the last call; a null value is a tombstone. */
  public <V extends SpecificRecord> List<KeyValue<GenericRecord, V>> changes(
      String topic, Class<V> type) {
    return records(topic, type);
  }

  private <V extends SpecificRecord> List<KeyValue<GenericRecord, V>> records(
      String topic, Class<V> type) {
    return driver
        .createOutputTopic(
            topic,
            ConfluentAvroSerde.ofGeneric(registry, true).deserializer(),
            ConfluentAvroSerde.ofValues(registry, type).deserializer())
        .readKeyValuesToList();
  }

  @Override
  public void close() {
    driver.close();
  }
}
