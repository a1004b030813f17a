package dev.cdcpipeline.sink.connect.config;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;

/** How Kafka and the schema registry are reached, and what is read. */
final class KafkaKeys {
  static final String KAFKA_BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";
  static final String ISOLATION_LEVEL = "consumer.override.isolation.level";
  static final String REGISTRY_URL = "schema.registry.url";
  static final String KAFKA_PREFIX = "kafka.";
  static final String REGISTRY_PREFIX = "schema.registry.";

  private static final String GROUP = "Kafka and registry";

  private KafkaKeys() {}

  static void define(ConfigDef def) {
    int order = 0;
    def.define(
        KAFKA_BOOTSTRAP_SERVERS,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        new NonEmptyString(),
        Importance.HIGH,
        "Kafka's bootstrap servers, for the sink's own look at topic ids and log ends. Security"
            + " settings follow as kafka.<client key>.",
        GROUP,
        ++order,
        Width.LONG,
        "Bootstrap servers");
    def.define(
        ISOLATION_LEVEL,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        ValidString.in("read_committed"),
        Importance.HIGH,
        "Must be read_committed: otherwise changes of aborted Kafka transactions would be applied.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Consumer isolation level");
    def.define(
        REGISTRY_URL,
        Type.STRING,
        "",
        Importance.HIGH,
        "Base URL of the schema registry's Confluent API, needed for raw Avro bytes. Its other"
            + " settings follow as schema.registry.<key>.",
        GROUP,
        ++order,
        Width.LONG,
        "Schema registry URL");
  }
}
