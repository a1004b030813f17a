package dev.cdcpipeline.model.tls;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/** Trust and key stores under Kafka's {@code ssl.*} keys, for clients that are not Kafka's. */
public final class TlsStores {
  private static final List<String> STORES =
      List.of(
          SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG,
          SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG,
          SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG,
          SslConfigs.SSL_KEYSTORE_KEY_CONFIG);

  private TlsStores() {}

  /**
   * Reads the stores as Kafka's own clients do, so that PEM and every store type work as elsewhere.
   * Files are read once, now.
   *
   * @param prefix what stands before {@code ssl.} in the keys of this client
   * @return null if no store is given: the JVM's own are used
   * @throws KafkaException if a store can't be read, or a value is wrong
   */
  public static SSLContext context(Map<String, ?> config, String prefix) {
    Map<String, Object> given = new HashMap<>();
    config.forEach(
        (key, value) -> {
          if (key.startsWith(prefix + "ssl.")) {
            given.put(key.substring(prefix.length()), value);
          }
        });
    if (STORES.stream().noneMatch(given::containsKey)) {
      return null;
    }
    try (DefaultSslEngineFactory factory = new DefaultSslEngineFactory()) {
      factory.configure(new ConfigDef().withClientSslSupport().parse(given));
      return factory.sslContext();
    }
  }
}
