package dev.cdcpipeline.sink.connect;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.sink.SinkTask;

/** The connector's configuration: every key, its default, its bounds and what it means. */
final class PostgresSinkConfig extends AbstractConfig {

  static final String MODE = "mode";
  static final String SINK_NAME = "sink.name";
  static final String CONNECTION_URL = "connection.url";
  static final String CONNECTION_USER = "connection.user";
  static final String CONNECTION_PASSWORD = "connection.password";
  static final String KAFKA_BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";
  static final String KAFKA_PREFIX = "kafka.";
  static final String ISOLATION_LEVEL = "consumer.override.isolation.level";
  static final String REGISTRY_URL = "schema.registry.url";
  static final String REGISTRY_PREFIX = "schema.registry.";
  static final String TRANSACTION_TOPIC = "transaction.topic";
  static final String TOPIC_PREFIX = "source.topic.prefix";
  static final String SOURCE_EPOCH = "source.epoch";
  static final String MIRROR_SCHEMA = "mirror.schema";
  static final String RESULT_SCHEMA = "result.schema";
  static final String RESULTS_DIR = "results.dir";
  static final String SCHEMA_EVOLUTION = "schema.evolution";
  static final String FLUSH_MAX_ROWS = "flush.max.rows";
  static final String BUFFER_MAX_BYTES = "buffer.max.bytes";
  static final String SPILL_DIR = "spill.dir";
  static final String STALL_TIMEOUT_MS = "stall.timeout.ms";
  static final String RETRY_BACKOFF_MS = "retry.backoff.ms";
  static final String RETRY_BACKOFF_MAX_MS = "retry.backoff.max.ms";
  static final String RETRY_TIMEOUT_MS = "retry.timeout.ms";
  static final String IDLE_INTERVAL_MS = "idle.interval.ms";
  static final String LOCK_TIMEOUT_MS = "lock.timeout.ms";
  static final String SYNCHRONOUS_COMMIT = "synchronous.commit";

  private static final String DATABASE = "Target database";
  private static final String KAFKA = "Kafka and registry";
  private static final String SOURCE = "Source";
  private static final String TABLES = "Tables and results";
  private static final String FLUSH = "Flushing and memory";
  private static final String FAILURE = "Failure";

  static final ConfigDef DEFINITION = definition();

  PostgresSinkConfig(Map<String, String> properties) {
    super(DEFINITION, properties, false);
    String transforms = properties.getOrDefault("transforms", "");
    if (!transforms.isBlank()) {
      throw new ConfigException(
          "transforms",
          transforms,
          "the sink reads raw Avro bytes, which no transformation can see; remove them, or reshape"
              + " the rows in a result's SELECT");
    }
  }

  String sinkName() {
    String name = getString(SINK_NAME);
    return name.isEmpty() ? originalsStrings().get("name") : name;
  }

  String topicPrefix() {
    String prefix = getString(TOPIC_PREFIX);
    String transactionTopic = getString(TRANSACTION_TOPIC);
    int dot = transactionTopic.lastIndexOf('.');
    return prefix.isEmpty() && dot > 0 ? transactionTopic.substring(0, dot) : prefix;
  }

  /** The connector's {@code topics}, empty if it subscribes by a pattern. */
  List<String> topics() {
    String topics = originalsStrings().getOrDefault(SinkTask.TOPICS_CONFIG, "");
    return Arrays.stream(topics.split(",")).map(String::strip).filter(t -> !t.isEmpty()).toList();
  }

  /** The connector's {@code topics.regex}, null if it subscribes by a list. */
  String topicsRegex() {
    return originalsStrings().get(SinkTask.TOPICS_REGEX_CONFIG);
  }

  Duration duration(String key) {
    return Duration.ofMillis(getLong(key));
  }

  /**
   * What clients of our own need to reach Kafka: every key under {@code kafka.}, without the
   * prefix.
   */
  Map<String, Object> kafkaClient() {
    return new HashMap<>(originalsWithPrefix(KAFKA_PREFIX));
  }

  private static ConfigDef definition() {
    ConfigDef def = new ConfigDef();
    database(def);
    kafka(def);
    source(def);
    tables(def);
    flush(def);
    failure(def);
    return def;
  }

  private static void database(ConfigDef def) {
    int order = 0;
    def.define(
        CONNECTION_URL,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        jdbcUrl(),
        Importance.HIGH,
        "JDBC URL of the target database, for example jdbc:postgresql://analytics:5432/analytics.",
        DATABASE,
        ++order,
        Width.LONG,
        "Connection URL");
    def.define(
        CONNECTION_USER,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        new NonEmptyString(),
        Importance.HIGH,
        "Role that owns the mirror, result and ledger schemas, and needs nothing else.",
        DATABASE,
        ++order,
        Width.MEDIUM,
        "User");
    def.define(
        CONNECTION_PASSWORD,
        Type.PASSWORD,
        "",
        Importance.HIGH,
        "The role's password. Name a config provider (${env:…}, ${file:…}), so that it is in no"
            + " file.",
        DATABASE,
        ++order,
        Width.MEDIUM,
        "Password");
    def.define(
        LOCK_TIMEOUT_MS,
        Type.LONG,
        10_000L,
        Range.between(100L, 600_000L),
        Importance.LOW,
        "How long a statement of the sink waits for a lock that a reader or an administrator holds"
            + " before the flush is tried again.",
        DATABASE,
        ++order,
        Width.SHORT,
        "Lock timeout (ms)");
    def.define(
        SYNCHRONOUS_COMMIT,
        Type.STRING,
        "off",
        ValidString.in("off", "on"),
        Importance.LOW,
        "PostgreSQL's synchronous_commit in the sink's sessions. With off nothing is lost: rows and"
            + " offsets are lost together and read again, so a crash of the target may step it back"
            + " to an earlier commit, never to half of one.",
        DATABASE,
        ++order,
        Width.SHORT,
        "Synchronous commit");
  }

  private static void kafka(ConfigDef def) {
    int order = 0;
    def.define(
        KAFKA_BOOTSTRAP_SERVERS,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        new NonEmptyString(),
        Importance.HIGH,
        "Kafka's bootstrap servers, for the sink's own look at topic ids and log ends. Security"
            + " settings follow as kafka.<client key>.",
        KAFKA,
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
        KAFKA,
        ++order,
        Width.MEDIUM,
        "Consumer isolation level");
    def.define(
        REGISTRY_URL,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        new NonEmptyString(),
        Importance.HIGH,
        "Base URL of the schema registry's Confluent API. Its other settings follow as"
            + " schema.registry.<key>.",
        KAFKA,
        ++order,
        Width.LONG,
        "Schema registry URL");
  }

  private static void source(ConfigDef def) {
    int order = 0;
    def.define(
        TRANSACTION_TOPIC,
        Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        new NonEmptyString(),
        Importance.HIGH,
        "Debezium's transaction topic (<topic.prefix>.transaction). It must be among the"
            + " connector's topics.",
        SOURCE,
        ++order,
        Width.MEDIUM,
        "Transaction topic");
    def.define(
        TOPIC_PREFIX,
        Type.STRING,
        "",
        Importance.MEDIUM,
        "Debezium's topic.prefix; empty for the transaction topic's name without its last part.",
        SOURCE,
        ++order,
        Width.MEDIUM,
        "Topic prefix");
    def.define(
        SOURCE_EPOCH,
        Type.INT,
        0,
        Range.atLeast(0),
        Importance.LOW,
        "Raise it by one when the source was restored or migrated, so that its new, possibly lower"
            + " log positions count as later.",
        SOURCE,
        ++order,
        Width.SHORT,
        "Source epoch");
    def.define(
        STALL_TIMEOUT_MS,
        Type.LONG,
        120_000L,
        Range.between(1_000L, 86_400_000L),
        Importance.MEDIUM,
        "How long an incomplete transaction may block those behind it before the task stops and"
            + " says what is missing.",
        SOURCE,
        ++order,
        Width.SHORT,
        "Stall timeout (ms)");
  }

  private static void tables(ConfigDef def) {
    int order = 0;
    def.define(
        MODE,
        Type.STRING,
        "transactional",
        ValidString.in("transactional"),
        Importance.HIGH,
        "How changes reach the target: transactional applies whole source transactions in commit"
            + " order.",
        TABLES,
        ++order,
        Width.MEDIUM,
        "Mode");
    def.define(
        SINK_NAME,
        Type.STRING,
        "",
        Importance.MEDIUM,
        "Name of the sink in the ledger; empty for the connector's name. Two sinks with one name"
            + " fence each other.",
        TABLES,
        ++order,
        Width.MEDIUM,
        "Sink name");
    def.define(
        MIRROR_SCHEMA,
        Type.STRING,
        "mirror",
        new NonEmptyString(),
        Importance.MEDIUM,
        "Schema of the mirrors in the target.",
        TABLES,
        ++order,
        Width.MEDIUM,
        "Mirror schema");
    def.define(
        RESULT_SCHEMA,
        Type.STRING,
        "analytics",
        new NonEmptyString(),
        Importance.MEDIUM,
        "Schema of the results in the target.",
        TABLES,
        ++order,
        Width.MEDIUM,
        "Result schema");
    def.define(
        RESULTS_DIR,
        Type.STRING,
        "",
        Importance.MEDIUM,
        "Directory of result files (*.sql) on the worker; empty for mirrors alone.",
        TABLES,
        ++order,
        Width.LONG,
        "Results directory");
    def.define(
        SCHEMA_EVOLUTION,
        Type.STRING,
        "evolve",
        ValidString.in("none", "add", "evolve"),
        Importance.MEDIUM,
        "What the sink may do to a mirror when the source's table changes: nothing, add columns, or"
            + " also widen types and relax NOT NULL. It never drops and never narrows.",
        TABLES,
        ++order,
        Width.SHORT,
        "Schema evolution");
  }

  private static void flush(ConfigDef def) {
    int order = 0;
    def.define(
        FLUSH_MAX_ROWS,
        Type.INT,
        20_000,
        Range.between(1, 1_000_000),
        Importance.MEDIUM,
        "How many changes of complete transactions make one flush at most when there is a backlog."
            + " A transaction is never split.",
        FLUSH,
        ++order,
        Width.SHORT,
        "Rows per flush");
    def.define(
        BUFFER_MAX_BYTES,
        Type.LONG,
        64L << 20,
        Range.between(1L << 20, 64L << 30),
        Importance.MEDIUM,
        "Bytes of encoded changes held in memory for transactions that are not complete; beyond it"
            + " partitions that run ahead are paused and one large transaction is spilled to"
            + " files.",
        FLUSH,
        ++order,
        Width.SHORT,
        "Buffer (bytes)");
    def.define(
        SPILL_DIR,
        Type.STRING,
        "",
        Importance.LOW,
        "Directory for transactions larger than the buffer; empty for a directory under"
            + " java.io.tmpdir.",
        FLUSH,
        ++order,
        Width.LONG,
        "Spill directory");
    def.define(
        IDLE_INTERVAL_MS,
        Type.LONG,
        200L,
        Range.between(10L, 60_000L),
        Importance.LOW,
        "How often the task looks for requests (new results, timed rules) while nothing arrives.",
        FLUSH,
        ++order,
        Width.SHORT,
        "Idle interval (ms)");
  }

  private static void failure(ConfigDef def) {
    int order = 0;
    def.define(
        RETRY_BACKOFF_MS,
        Type.LONG,
        100L,
        Range.between(1L, 60_000L),
        Importance.LOW,
        "First wait after a passing fault (connection, deadlock, registry away); it doubles, with"
            + " jitter, up to retry.backoff.max.ms.",
        FAILURE,
        ++order,
        Width.SHORT,
        "Retry back-off (ms)");
    def.define(
        RETRY_BACKOFF_MAX_MS,
        Type.LONG,
        5_000L,
        Range.between(1L, 600_000L),
        Importance.LOW,
        "Longest wait between two tries.",
        FAILURE,
        ++order,
        Width.SHORT,
        "Longest back-off (ms)");
    def.define(
        RETRY_TIMEOUT_MS,
        Type.LONG,
        900_000L,
        Range.between(0L, 604_800_000L),
        Importance.MEDIUM,
        "How long a passing fault may last before the task fails; nothing is lost, and a restart"
            + " goes on from the ledger.",
        FAILURE,
        ++order,
        Width.SHORT,
        "Retry timeout (ms)");
  }

  private static ConfigDef.Validator jdbcUrl() {
    return ConfigDef.LambdaValidator.with(
        (name, value) -> {
          if (!(value instanceof String url)
              || !url.toLowerCase(Locale.ROOT).startsWith("jdbc:postgresql:")) {
            throw new ConfigException(
                name,
                value,
                "must be a JDBC URL of PostgreSQL, jdbc:postgresql://host:port/database");
          }
        },
        () -> "jdbc:postgresql://host:port/database");
  }
}
