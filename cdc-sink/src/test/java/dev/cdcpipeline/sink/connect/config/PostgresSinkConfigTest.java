package dev.cdcpipeline.sink.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.connect.PostgresSinkConnector;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

public class PostgresSinkConfigTest {

  public static Map<String, String> minimal() {
    Map<String, String> config = new HashMap<>();
    config.put("name", "analytics-sink");
    config.put("topics", "shop.public.orders,shop.transaction");
    config.put("connection.url", "jdbc:postgresql://127.0.0.1:5432/analytics");
    config.put("connection.user", "cdc_sink");
    config.put("kafka.bootstrap.servers", "127.0.0.1:9092");
    config.put("consumer.override.isolation.level", "read_committed");
    config.put("schema.registry.url", "http://127.0.0.1:8081");
    config.put("transaction.topic", "shop.transaction");
    return config;
  }

  @Test
  void everyDefaultIsPinned() {
    Map<String, Object> defaults = new TreeMap<>();
    PostgresSinkConfig.DEFINITION
        .configKeys()
        .values()
        .forEach(
            key -> {
              if (key.hasDefault()) {
                Object value = key.defaultValue;
                defaults.put(
                    key.name,
                    value instanceof org.apache.kafka.common.config.types.Password p
                        ? p.value()
                        : value);
              }
            });

    assertThat(defaults)
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("applied.at.column", ""),
                Map.entry("auto.create", true),
                Map.entry("bad.records.max.share", 0.5),
                Map.entry("buffer.max.bytes", 67108864L),
                Map.entry("connection.password", ""),
                Map.entry("copy.threshold", 3_000),
                Map.entry("flush.interval.ms", 0L),
                Map.entry("flush.max.bytes", 16777216L),
                Map.entry("flush.max.rows", 20000),
                Map.entry("idle.interval.ms", 200L),
                Map.entry("input", "avro"),
                Map.entry("key.columns", java.util.List.of()),
                Map.entry("key.from", "key"),
                Map.entry("lock.timeout.ms", 10000L),
                Map.entry("mirror.schema", "mirror"),
                Map.entry("mode", "transactional"),
                Map.entry("replay.horizon.ms", 3600000L),
                Map.entry("result.schema", "analytics"),
                Map.entry("results.dir", ""),
                Map.entry("retry.backoff.max.ms", 5000L),
                Map.entry("retry.backoff.ms", 100L),
                Map.entry("retry.timeout.ms", 900000L),
                Map.entry("schema.evolution", "evolve"),
                Map.entry("schema.registry.url", ""),
                Map.entry("sink.name", ""),
                Map.entry("source.epoch", 0),
                Map.entry("source.topic.prefix", ""),
                Map.entry("spill.dir", ""),
                Map.entry("stall.timeout.ms", 120000L),
                Map.entry("synchronous.commit", "off"),
                Map.entry("table.name.format", "${topic}"),
                Map.entry("tombstones", "delete"),
                Map.entry("truncates", "refuse"),
                Map.entry("transaction.topic", "")));
  }

  @Test
  void everyKeyIsDocumentedInWordsOfItsOwn() {
    Set<String> docs = new HashSet<>();
    for (ConfigDef.ConfigKey key : PostgresSinkConfig.DEFINITION.configKeys().values()) {
      assertThat(key.documentation).as(key.name).isNotBlank();
      assertThat(docs.add(key.documentation)).as(key.name + " repeats another key's text").isTrue();
      assertThat(key.group).as(key.name).isNotBlank();
      assertThat(key.displayName).as(key.name).isNotBlank();
    }
  }

  @Test
  void everyNumberHasBounds() {
    Set<ConfigDef.Type> numbers =
        Set.of(ConfigDef.Type.INT, ConfigDef.Type.LONG, ConfigDef.Type.DOUBLE);

    assertThat(PostgresSinkConfig.DEFINITION.configKeys().values())
        .filteredOn(key -> numbers.contains(key.type))
        .isNotEmpty()
        .allSatisfy(key -> assertThat(key.validator).as(key.name).isNotNull());
  }

  @Test
  void refusesAConsumerThatReadsUncommittedRecords() {
    Map<String, String> config = minimal();
    config.put("consumer.override.isolation.level", "read_uncommitted");

    assertThatThrownBy(() -> new PostgresSinkConnector().start(config))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("consumer.override.isolation.level")
        .hasMessageContaining("read_uncommitted");
  }

  @Test
  void refusesAConsumerWhoseIsolationIsNotSaid() {
    Map<String, String> config = minimal();
    config.remove("consumer.override.isolation.level");

    assertThatThrownBy(() -> new PostgresSinkConnector().start(config))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("consumer.override.isolation.level");
  }

  @Test
  void validateShowsTheProblemAtItsKey() {
    Map<String, String> config = minimal();
    config.put("connection.url", "jdbc:mysql://elsewhere/db");
    config.put("flush.max.rows", "0");

    Map<String, ConfigValue> values = new HashMap<>();
    new PostgresSinkConnector()
        .validate(config)
        .configValues()
        .forEach(value -> values.put(value.name(), value));

    assertThat(values.get("connection.url").errorMessages())
        .singleElement()
        .asString()
        .contains("jdbc:postgresql://host:port/database");
    assertThat(values.get("flush.max.rows").errorMessages())
        .singleElement()
        .asString()
        .contains("0");
    assertThat(values.get("retry.timeout.ms").errorMessages()).isEmpty();
  }

  @Test
  void refusesTransformationsOfRawBytes() {
    Map<String, String> config = minimal();
    config.put("transforms", "unwrap");

    assertThatThrownBy(() -> new PostgresSinkConfig(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("transforms")
        .hasMessageContaining("raw Avro bytes");
  }

  @Test
  void namesTheSinkAfterTheConnectorUnlessToldOtherwise() {
    Map<String, String> config = minimal();
    assertThat(new PostgresSinkConfig(config).sinkName()).isEqualTo("analytics-sink");
    config.put("sink.name", "analytics");
    assertThat(new PostgresSinkConfig(config).sinkName()).isEqualTo("analytics");
  }

  @Test
  void takesTheTopicPrefixFromTheTransactionTopic() {
    Map<String, String> config = minimal();
    assertThat(new PostgresSinkConfig(config).topicPrefix()).isEqualTo("shop");
    config.put("source.topic.prefix", "other");
    assertThat(new PostgresSinkConfig(config).topicPrefix()).isEqualTo("other");
  }

  @Test
  void handsKafkaSettingsToItsOwnClients() {
    Map<String, String> config = minimal();
    config.put("kafka.security.protocol", "SSL");
    assertThat(new PostgresSinkConfig(config).kafkaClient())
        .containsEntry("bootstrap.servers", "127.0.0.1:9092")
        .containsEntry("security.protocol", "SSL");
  }

  @Test
  void versionComesFromTheBuild() {
    assertThat(new PostgresSinkConnector().version()).matches("\\d+\\.\\d+\\.\\d+.*");
  }
}
