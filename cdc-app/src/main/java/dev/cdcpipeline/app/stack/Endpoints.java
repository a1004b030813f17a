package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Where the pieces of a running pipeline answer, embedded or not, and the credentials with which
 * they do. Its text has no credentials.
 *
 * @param sourceJdbcUrl JDBC URL of the source database with user and password of a role that may
 *     change the shop's tables
 * @param targetJdbcUrl JDBC URL of the analytics database with user and password of a role that may
 *     read everything there
 * @param bootstrapServers Kafka's bootstrap servers
 * @param registryUrl base URL of the schema registry's Confluent API, for example {@code
 *     http://127.0.0.1:8081/apis/ccompat/v7}; with {@code USER:PASSWORD@} before the host if it
 *     asks for that
 * @param connectUrl base URL of Connect's REST API, for example {@code
 *     http://USER:PASSWORD@127.0.0.1:8083}
 * @param kafkaSecurity what a Kafka client needs beyond the servers, by Kafka's own keys: {@code
 *     security.protocol}, {@code sasl.jaas.config}, {@code ssl.truststore.location} and the like;
 *     empty for brokers that ask for nothing
 */
public record Endpoints(
    String sourceJdbcUrl,
    String targetJdbcUrl,
    String bootstrapServers,
    String registryUrl,
    String connectUrl,
    Map<String, String> kafkaSecurity) {

  /** What a key of Kafka's begins with in a file of addresses. */
  static final String KAFKA_PREFIX = "kafka.";

  /** Keeps a copy. */
  public Endpoints {
    kafkaSecurity = Map.copyOf(kafkaSecurity);
  }

  /** With brokers that ask for no credentials. */
  public Endpoints(
      String sourceJdbcUrl,
      String targetJdbcUrl,
      String bootstrapServers,
      String registryUrl,
      String connectUrl) {
    this(sourceJdbcUrl, targetJdbcUrl, bootstrapServers, registryUrl, connectUrl, Map.of());
  }

  /** What a properties file of addresses says of Kafka's security: its keys {@code kafka.<key>}. */
  public static Map<String, String> kafkaSecurity(Properties addresses) {
    Map<String, String> security = new HashMap<>();
    for (String name : addresses.stringPropertyNames()) {
      if (name.startsWith(KAFKA_PREFIX)) {
        security.put(name.substring(KAFKA_PREFIX.length()), addresses.getProperty(name));
      }
    }
    return security;
  }

  /**
   * What every Kafka client of this pipeline is configured with: the servers and how to get in. The
   * map is new and may be added to.
   */
  public Map<String, Object> kafkaClient() {
    Map<String, Object> settings = new HashMap<>(kafkaSecurity);
    settings.put("bootstrap.servers", bootstrapServers);
    return settings;
  }

  /** The same with settings of one client's own, which win. */
  public Map<String, Object> kafkaClient(Map<String, ?> own) {
    Map<String, Object> settings = kafkaClient();
    settings.putAll(own);
    return settings;
  }

  @Override
  public String toString() {
    return "source %s, target %s, Kafka %s, registry %s, Connect %s"
        .formatted(
            shown(sourceJdbcUrl),
            shown(targetJdbcUrl),
            bootstrapServers,
            registryUrl == null ? null : HttpAddress.of(registryUrl),
            connectUrl == null ? null : HttpAddress.of(connectUrl));
  }

  private static String shown(String jdbcUrl) {
    return jdbcUrl == null ? null : SessionOptions.withoutSecrets(jdbcUrl);
  }
}
