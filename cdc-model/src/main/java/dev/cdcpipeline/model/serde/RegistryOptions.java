package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.tls.TlsStores;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/**
 * How to reach a registry, under the keys that Confluent's serializers use.
 *
 * @param urls base addresses of the Confluent REST API, tried in turn
 * @param authorization value of the header of that name, null without credentials
 * @param tls trust and key stores, null for the JVM's own
 * @param requestTimeout longest wait for one answer
 * @param attempts how often a request is sent before the registry counts as unavailable
 * @param backoff wait before the second attempt; doubled for each further one, up to {@link
 *     #MAXIMUM_BACKOFF}
 */
public record RegistryOptions(
    List<URI> urls,
    String authorization,
    SSLContext tls,
    Duration requestTimeout,
    int attempts,
    Duration backoff) {

  public static final String URL = "schema.registry.url";
  public static final String USER_INFO = "basic.auth.user.info";
  public static final String CREDENTIALS_SOURCE = "basic.auth.credentials.source";
  public static final String BEARER_TOKEN = "bearer.auth.token";
  public static final String REQUEST_TIMEOUT_MS = "schema.registry.request.timeout.ms";
  public static final String ATTEMPTS = "schema.registry.request.attempts";
  public static final String BACKOFF_MS = "schema.registry.retry.backoff.ms";

  /** Prefix of Kafka's {@code ssl.*} keys for the registry. */
  public static final String PREFIX = "schema.registry.";

  /** The longest wait between two attempts. */
  public static final Duration MAXIMUM_BACKOFF = Duration.ofSeconds(5);

  /** Rejects what cannot work. */
  public RegistryOptions {
    urls = List.copyOf(urls);
    if (urls.isEmpty()) {
      throw new ConfigException(URL + " must name at least one registry");
    }
    if (attempts < 1 || attempts > 100) {
      throw new ConfigException(ATTEMPTS + " must be between 1 and 100, was " + attempts);
    }
    if (requestTimeout.isNegative() || requestTimeout.isZero()) {
      throw new ConfigException(
          REQUEST_TIMEOUT_MS + " must be at least 1, was " + requestTimeout.toMillis());
    }
    if (backoff.isNegative()) {
      throw new ConfigException(BACKOFF_MS + " must not be negative, was " + backoff.toMillis());
    }
  }

  /**
   * One registry without credentials, and the defaults: 10 s a request, 6 attempts, from 100 ms
   * between them.
   */
  public static RegistryOptions of(String url) {
    return of(Map.of(URL, url));
  }

  /**
   * Reads the options from a client's configuration; keys that belong to others are left alone.
   *
   * @throws ConfigException if a value is missing or wrong; the message names the key
   */
  public static RegistryOptions of(Map<String, ?> config) {
    List<URI> urls = new ArrayList<>();
    String userInfo = text(config, USER_INFO);
    for (String url : listText(config).split(",", -1)) {
      URI uri = uri(url.trim());
      if ("URL".equals(text(config, CREDENTIALS_SOURCE)) && uri.getUserInfo() != null) {
        userInfo = uri.getUserInfo();
      }
      urls.add(withoutUserInfo(uri));
    }
    return new RegistryOptions(
        urls,
        authorization(userInfo, text(config, BEARER_TOKEN)),
        TlsStores.context(config, PREFIX),
        Duration.ofMillis(number(config, REQUEST_TIMEOUT_MS, 10_000)),
        number(config, ATTEMPTS, 6),
        Duration.ofMillis(number(config, BACKOFF_MS, 100)));
  }

  private static String listText(Map<String, ?> config) {
    Object value = config.get(URL);
    if (value instanceof List<?> list) {
      return String.join(",", list.stream().map(String::valueOf).toList());
    }
    if (value == null || value.toString().isBlank()) {
      throw new ConfigException(
          URL + " is missing; set it to the Confluent API of the schema registry");
    }
    return value.toString();
  }

  private static URI uri(String url) {
    // an exception's own text would have the credentials
    String shown = url.replaceFirst("(?s).*@", "");
    try {
      URI uri = new URI(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
      if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw new ConfigException(URL + " has '" + shown + "', which is no URL: " + e.getReason());
    }
    throw new ConfigException(
        URL + " has '" + shown + "', expected http://host:port/path or https://…");
  }

  private static URI withoutUserInfo(URI uri) {
    String raw = uri.getRawUserInfo();
    return raw == null
        ? uri
        : URI.create(uri.toString().replaceFirst(java.util.regex.Pattern.quote(raw + "@"), ""));
  }

  private static String authorization(String userInfo, String token) {
    if (token != null) {
      return "Bearer " + token;
    }
    return userInfo == null
        ? null
        : "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A value under its own key, or under the key with the registry's prefix, as Confluent accepts
   * both.
   */
  private static String text(Map<String, ?> config, String key) {
    Object value = config.get(key);
    if (value == null) {
      value = config.get(PREFIX + key);
    }
    if (value instanceof Password password) {
      return password.value();
    }
    return value == null || value.toString().isEmpty() ? null : value.toString();
  }

  private static int number(Map<String, ?> config, String key, int otherwise) {
    String value = text(config, key);
    try {
      return value == null ? otherwise : Integer.parseInt(value.trim());
    } catch (NumberFormatException e) {
      throw new ConfigException(key + " must be a number, was '" + value + "'");
    }
  }

  /** Without the credentials. */
  @Override
  public String toString() {
    return "RegistryOptions" + urls;
  }
}
