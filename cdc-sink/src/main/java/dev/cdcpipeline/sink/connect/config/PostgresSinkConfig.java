package dev.cdcpipeline.sink.connect.config;

import dev.cdcpipeline.sink.postgres.MirrorSchema;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.sink.SinkTask;

/**
 * The connector's configuration. Every key, its default, its bounds and what it means is in the
 * class of its concern: {@link DatabaseKeys}, {@link KafkaKeys}, {@link SourceKeys}, {@link
 * TableKeys}, {@link TopicKeys}, {@link FlushKeys}, {@link FailureKeys}.
 */
public final class PostgresSinkConfig extends AbstractConfig {

  public static final ConfigDef DEFINITION = definition();

  /** The schema of the ledger in the target; no key changes it. */
  public static final String LEDGER_SCHEMA = "cdc";

  public PostgresSinkConfig(Map<String, String> properties) {
    super(DEFINITION, properties, false);
    ConfigProblems.of(properties)
        .forEach(
            (key, problem) -> {
              throw new ConfigException(key, properties.get(key), problem);
            });
  }

  public boolean isTransactional() {
    return getString(TableKeys.MODE).equals("transactional");
  }

  /** Whether topics are mirrored each by itself. */
  public boolean hasMirrors() {
    return originalsStrings().entrySet().stream()
        .filter(e -> e.getKey().equals(TableKeys.MODE) || e.getKey().startsWith("mode."))
        .anyMatch(e -> e.getValue().strip().equals("mirror"));
  }

  /** Whether all mirrors are in the schema that is named for them, and in no other. */
  public boolean mirrorsInOneSchema() {
    return (isTransactional() || hasMirrors())
        && !getString(TableKeys.MIRROR_SCHEMA).contains(MirrorSchema.SOURCE_SCHEMA)
        && originalsStrings().keySet().stream()
            .noneMatch(key -> key.startsWith(TopicKeys.TABLE_PREFIX));
  }

  /** Whether records are raw Avro bytes. */
  public boolean readsAvro() {
    return isTransactional() || getString(TopicKeys.INPUT).equals("avro");
  }

  /** Whether other tasks may write the same tables. */
  public boolean hasSeveralTasks() {
    return !isTransactional() && !originalsStrings().getOrDefault("tasks.max", "1").equals("1");
  }

  public String sinkName() {
    String name = getString(TableKeys.SINK_NAME);
    return name.isEmpty() ? originalsStrings().get("name") : name;
  }

  /** The target database, without parameters, which may hold a password. */
  public String target() {
    return SessionOptions.withoutSecrets(getString(DatabaseKeys.CONNECTION_URL));
  }

  public String topicPrefix() {
    return topicPrefix(getString(SourceKeys.TOPIC_PREFIX), getString(SourceKeys.TRANSACTION_TOPIC));
  }

  /** Debezium's {@code topic.prefix}, empty if neither tells it. */
  static String topicPrefix(String prefix, String transactionTopic) {
    int dot = transactionTopic.lastIndexOf('.');
    return prefix.isEmpty() && dot > 0 ? transactionTopic.substring(0, dot) : prefix;
  }

  /** The connector's {@code topics}, empty if it subscribes by a pattern. */
  public List<String> topics() {
    String topics = originalsStrings().getOrDefault(SinkTask.TOPICS_CONFIG, "");
    return Arrays.stream(topics.split(",")).map(String::strip).filter(t -> !t.isEmpty()).toList();
  }

  /** The connector's {@code topics.regex}, null if it subscribes by a list. */
  public String topicsRegex() {
    return originalsStrings().get(SinkTask.TOPICS_REGEX_CONFIG);
  }

  public Duration duration(String key) {
    return Duration.ofMillis(getLong(key));
  }

  /**
   * What clients of our own need to reach Kafka: every key under {@code kafka.}, without the
   * prefix.
   */
  public Map<String, Object> kafkaClient() {
    return new HashMap<>(originalsWithPrefix(KafkaKeys.KAFKA_PREFIX));
  }

  private static ConfigDef definition() {
    ConfigDef def = new ConfigDef();
    DatabaseKeys.define(def);
    KafkaKeys.define(def);
    SourceKeys.define(def);
    TableKeys.define(def);
    TopicKeys.define(def);
    FlushKeys.define(def);
    FailureKeys.define(def);
    return def;
  }
}
