package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.tls.TlsStores;
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
 * @param httpSecurity stores for TLS with the registry and Connect, by Kafka's keys for them behind
 *     {@code registry.} and {@code connect.}: {@code registry.ssl.truststore.location} and the like
 */
public record Endpoints(
    String sourceJdbcUrl,
    String targetJdbcUrl,
    String bootstrapServers,
    String registryUrl,
    String connectUrl,
    Map<String, String> kafkaSecurity,
    Map<String, String> httpSecurity) {

  /** What a key of Kafka's begins with in a file of addresses. */
  static final String KAFKA_PREFIX = "kafka.";

  private static final String REGISTRY_PREFIX = "registry.";
  private static final String CONNECT_PREFIX = "connect.";

  /** Keeps copies. */
  public Endpoints {
    kafkaSecurity = Map.copyOf(kafkaSecurity);
    httpSecurity = Map.copyOf(httpSecurity);
  }

  /** With the JVM's own trust store for the registry and for Connect. */
  public Endpoints(
      String sourceJdbcUrl,
      String targetJdbcUrl,
      String bootstrapServers,
      String registryUrl,
      String connectUrl,
      Map<String, String> kafkaSecurity) {
    this(
        sourceJdbcUrl,
        targetJdbcUrl,
        bootstrapServers,
        registryUrl,
        connectUrl,
        kafkaSecurity,
        Map.of());
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

  /** What a properties file of addresses says of TLS with the registry and with Connect. */
  public static Map<String, String> httpSecurity(Properties addresses) {
    Map<String, String> security = new HashMap<>();
    for (String name : addresses.stringPropertyNames()) {
      if (name.startsWith(REGISTRY_PREFIX + "ssl.") || name.startsWith(CONNECT_PREFIX + "ssl.")) {
        security.put(name, addresses.getProperty(name));
      }
    }
    return security;
  }

  /**
   * The schema registry's Confluent API.
   *
   * @throws org.apache.kafka.common.KafkaException if a store for TLS can't be read
   */
  public HttpAddress registry() {
    return HttpAddress.of(registryUrl, TlsStores.context(httpSecurity, REGISTRY_PREFIX));
  }

  /** What a registry client of this project is configured with to reach the same. */
  public Map<String, String> registryClient() {
    Map<String, String> settings = new HashMap<>();
    settings.put(RegistryOptions.URL, registryUrl);
    settings.put(RegistryOptions.CREDENTIALS_SOURCE, "URL");
    httpSecurity.forEach(
        (name, value) -> {
          if (name.startsWith(REGISTRY_PREFIX)) {
            settings.put(RegistryOptions.PREFIX + name.substring(REGISTRY_PREFIX.length()), value);
          }
        });
    return settings;
  }

  /**
   * Connect's REST API.
   *
   * @throws org.apache.kafka.common.KafkaException if a store for TLS can't be read
   */
  public HttpAddress connect() {
    return HttpAddress.of(connectUrl, TlsStores.context(httpSecurity, CONNECT_PREFIX));
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
