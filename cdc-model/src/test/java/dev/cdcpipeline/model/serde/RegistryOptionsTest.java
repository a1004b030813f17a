package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryOptionsTest {

  @Test
  void hasDefaultsForAllButTheUrl() {
    RegistryOptions options = RegistryOptions.of("http://r:8081/");

    assertThat(options.urls()).containsExactly(URI.create("http://r:8081"));
    assertThat(options.authorization()).isNull();
    assertThat(options.tls()).isNull();
    assertThat(options.requestTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(options.attempts()).isEqualTo(6);
    assertThat(options.backoff()).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void takesSeveralUrlsAsTextOrAsAList() {
    assertThat(RegistryOptions.of("http://a:1, http://b:2/x").urls())
        .containsExactly(URI.create("http://a:1"), URI.create("http://b:2/x"));
    assertThat(
            RegistryOptions.of(Map.of(RegistryOptions.URL, List.of("http://a:1", "http://b:2")))
                .urls())
        .hasSize(2);
  }

  @Test
  void takesCredentialsFromTheUrlWhenToldTo() {
    RegistryOptions options =
        RegistryOptions.of(
            Map.of(
                RegistryOptions.URL,
                "http://u:p@r:8081",
                RegistryOptions.CREDENTIALS_SOURCE,
                "URL"));

    assertThat(options.authorization()).isEqualTo("Basic dTpw");
    assertThat(options.urls()).containsExactly(URI.create("http://r:8081"));
    assertThat(options.toString()).doesNotContain("u:p");
  }

  @Test
  void takesAPasswordAndThePrefixedKey() {
    assertThat(
            RegistryOptions.of(
                    Map.of(
                        RegistryOptions.URL,
                        "http://r:1",
                        "schema.registry.basic.auth.user.info",
                        new Password("u:p")))
                .authorization())
        .isEqualTo("Basic dTpw");
  }

  @Test
  void takesABearerToken() {
    assertThat(
            RegistryOptions.of(
                    Map.of(RegistryOptions.URL, "http://r:1", RegistryOptions.BEARER_TOKEN, "t0"))
                .authorization())
        .isEqualTo("Bearer t0");
  }

  @Test
  void refusesAMissingTrustStore(@TempDir Path directory) {
    assertThatThrownBy(
            () ->
                RegistryOptions.of(
                    Map.of(
                        RegistryOptions.URL,
                        "https://r:1",
                        "schema.registry.ssl.truststore.location",
                        directory.resolve("none.p12").toString())))
        .isInstanceOf(KafkaException.class)
        .hasMessageContaining("none.p12");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://u:hidden@r:1",
        "u:hidden@r",
        "http://u:hid den@r:1",
        "http://u:hidden@r:1 2"
      })
  void aBadAddressIsNamedWithoutItsPassword(String url) {
    assertThatThrownBy(() -> RegistryOptions.of(url))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("schema.registry.url has 'r")
        .message()
        .doesNotContain("hid", "den");
  }

  @Test
  void namesTheKeyOfABadValue() {
    assertRefused(
        Map.of(),
        "schema.registry.url is missing; set it to the Confluent API of the schema registry");
    assertRefused(
        Map.of(RegistryOptions.URL, "r:8081"),
        "schema.registry.url has 'r:8081', expected http://host:port/path or https://…");
    assertRefused(
        Map.of(RegistryOptions.URL, "http://r:1", RegistryOptions.ATTEMPTS, "0"),
        "schema.registry.request.attempts must be between 1 and 100, was 0");
    assertRefused(
        Map.of(RegistryOptions.URL, "http://r:1", RegistryOptions.REQUEST_TIMEOUT_MS, "soon"),
        "schema.registry.request.timeout.ms must be a number, was 'soon'");
    assertRefused(
        Map.of(RegistryOptions.URL, "http://r:1", RegistryOptions.BACKOFF_MS, "-1"),
        "schema.registry.retry.backoff.ms must not be negative, was -1");
  }

  private static void assertRefused(Map<String, String> config, String message) {
    assertThatThrownBy(() -> RegistryOptions.of(config))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }
}
