package dev.cdcpipeline.transforms.application;

import dev.cdcpipeline.model.serde.ConfluentAvroSerializer;
import dev.cdcpipeline.transforms.pipeline.DeadLetterHandler;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings.StoreKind;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The application's own keys, and Kafka Streams' with the defaults that this application needs.
 * Everything else in the properties goes to the results, to Kafka Streams and to the registry
 * client as it is.
 */
public final class ApplicationConfig extends AbstractConfig {
  static final String RESULTS = "results.class";
  static final String SOURCE_PREFIX = "source.topic.prefix";
  static final String SOURCE_PARTITIONS = "source.partitions";
  static final String SOURCE_EPOCH = "source.epoch";
  static final String REPLAY_HORIZON_MS = "replay.horizon.ms";
  static final String REPLICATION = "topics.replication.factor";
  static final String STATUS_PORT = "status.port";
  static final String STATUS_HOST = "status.host";
  static final String RESULT_PREFIX = "result.topic.prefix";
  static final String KEY_SERIALIZER = "result.key.serializer";
  static final String VALUE_SERIALIZER = "result.value.serializer";
  static final String STATE_MEMORY = "state.memory.bytes";

  static final ConfigDef DEFINITION =
      new ConfigDef()
          .define(
              RESULTS,
              Type.STRING,
              null,
              Importance.HIGH,
              "The class of the results: an implementation of StreamsResults, which may have keys"
                  + " of its own. By default the only one that a jar on the class path offers.")
          .define(
              SOURCE_PREFIX,
              Type.STRING,
              "shop",
              new ConfigDef.NonEmptyString(),
              Importance.HIGH,
              "The source connector's topic.prefix: change topics are named prefix.schema.table.")
          .define(
              SOURCE_PARTITIONS,
              Type.INT,
              3,
              Range.atLeast(1),
              Importance.HIGH,
              "Partitions of each change topic. All have the same number, or tables could not be"
                  + " joined.")
          .define(
              SOURCE_EPOCH,
              Type.INT,
              0,
              Range.atLeast(0),
              Importance.MEDIUM,
              "Raise it when the source was restored or migrated: positions of a new epoch are"
                  + " later than all of the ones before.")
          .define(
              REPLAY_HORIZON_MS,
              Type.LONG,
              3_600_000L,
              Range.atLeast(0),
              Importance.MEDIUM,
              "How long the position of a deleted key is kept, so that a replayed older change"
                  + " cannot bring the row back.")
          .define(
              REPLICATION,
              Type.SHORT,
              (short) -1,
              Importance.MEDIUM,
              "Replication factor of the topics that the application creates; -1 is the broker's"
                  + " default.")
          .define(
              RESULT_PREFIX,
              Type.STRING,
              "",
              Importance.LOW,
              "Put before the name of every result topic, so that several pipelines can share a"
                  + " cluster.")
          .define(
              KEY_SERIALIZER,
              Type.CLASS,
              ConfluentAvroSerializer.class,
              Importance.LOW,
              "Serializer of the result topics' keys, for example"
                  + " io.confluent.kafka.serializers.KafkaAvroSerializer; it is configured with all"
                  + " of the properties.")
          .define(
              VALUE_SERIALIZER,
              Type.CLASS,
              ConfluentAvroSerializer.class,
              Importance.LOW,
              "Serializer of the result topics' values.")
          .define(
              STATE_MEMORY,
              Type.LONG,
              134_217_728L,
              Range.atLeast(16_777_216L),
              Importance.MEDIUM,
              "Memory outside the heap for all state stores of this process: blocks that were read"
                  + " and writes that are not yet in files. Without a bound each store of each"
                  + " partition would take its own.")
          .define(
              STATUS_PORT,
              Type.INT,
              0,
              Range.between(0, 65_535),
              Importance.LOW,
              "Port that answers GET /status: 200 while running, else 503; 0 is none.")
          .define(
              STATUS_HOST,
              Type.STRING,
              "127.0.0.1",
              new ConfigDef.NonEmptyString(),
              Importance.LOW,
              "Address on which status.port is opened; 0.0.0.0 in a container that is asked from"
                  + " outside.");

  /**
   * Reads the keys, after config providers have filled in what they stand for.
   *
   * @throws org.apache.kafka.common.config.ConfigException naming the key and what it should be
   */
  public ApplicationConfig(Map<String, ?> properties) {
    super(DEFINITION, properties, false);
  }

  /** What the pipeline needs to know. */
  PipelineSettings pipeline() {
    return new PipelineSettings(
        getString(SOURCE_PREFIX),
        getInt(SOURCE_PARTITIONS),
        getInt(SOURCE_EPOCH),
        Duration.ofMillis(getLong(REPLAY_HORIZON_MS)),
        StoreKind.PERSISTENT);
  }

  /**
   * Makes the results that the application is to keep, and configures them.
   *
   * @throws org.apache.kafka.common.config.ConfigException if there are none, if it is not clear
   *     which, or if they refuse the properties; it says what to do
   */
  public StreamsResults results() {
    StreamsResults results = ResultsLoader.load(getString(RESULTS));
    results.configure(originals());
    return results;
  }

  /** The result topics and what writes them. */
  ResultTopics resultTopics() {
    return new ResultTopics(getString(RESULT_PREFIX), serializers());
  }

  ResultTopics.Serializers serializers() {
    return new ConfiguredSerializers(
        getClass(KEY_SERIALIZER), getClass(VALUE_SERIALIZER), originals());
  }

  short replicationFactor() {
    return getShort(REPLICATION);
  }

  String statusHost() {
    return getString(STATUS_HOST);
  }

  int statusPort() {
    return getInt(STATUS_PORT);
  }

  String deadLetterTopic() {
    return streams().get(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG).toString();
  }

  /**
   * The configuration of Kafka Streams: exactly once, soon.
   *
   * @throws org.apache.kafka.common.config.ConfigException if the properties ask for less than
   *     exactly once
   */
  public Map<String, Object> streams() {
    Map<String, Object> streams = new HashMap<>();
    streams.put(StreamsConfig.APPLICATION_ID_CONFIG, "analytics");
    streams.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    // each hop through an internal topic becomes visible by a commit: the interval is most of the
    // latency, and a poll that finds nothing must not be longer
    streams.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 20);
    streams.put(StreamsConfig.POLL_MS_CONFIG, 5);
    // a commit sends what is waiting, whatever the linger; under load full batches go before it
    streams.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 5);
    streams.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 131_072);
    // a killed instance is noticed, and its tasks move, within ten seconds
    streams.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
    streams.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    streams.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
    streams.put(
        StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG,
        getString(SOURCE_PREFIX) + ".dead-letters");
    streams.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedMemory.class);
    streams.putAll(originals());
    DEFINITION.names().forEach(streams::remove);
    streams.put(BoundedMemory.BYTES, getLong(STATE_MEMORY));
    if (!StreamsConfig.EXACTLY_ONCE_V2.equals(
        streams.get(StreamsConfig.PROCESSING_GUARANTEE_CONFIG))) {
      throw new org.apache.kafka.common.config.ConfigException(
          StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
          streams.get(StreamsConfig.PROCESSING_GUARANTEE_CONFIG),
          "the results are only right exactly once; it must be " + StreamsConfig.EXACTLY_ONCE_V2);
    }
    return streams;
  }
}
