package dev.cdcpipeline.runtime.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretCheckTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("URL", "jdbc:postgresql://target:5432/analytics", "HOST", "source", "PORT", "5432");

  private final SecretCheck check =
      new SecretCheck(
          Map.of(
              "SINK_PASSWORD",
              SecretRule.parse(
                  "SINK_PASSWORD", "connection.password,connection.url=URL", ENVIRONMENT),
              "SOURCE_PASSWORD",
              SecretRule.parse(
                  "SOURCE_PASSWORD",
                  "database.password, database.hostname=HOST, database.port=PORT,"
                      + " database.dbname=*; other.password, other.host=HOST, other.redirect=",
                  ENVIRONMENT)));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url': '${env:URL}'}",
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url':"
            + " 'jdbc:postgresql://target:5432/bank'}",
        "{'name': 'x', 'config': {'connection.password': '${env:SINK_PASSWORD}',"
            + " 'connection.url': '${env:URL}'}}",
        "{'database.password': '${env:SOURCE_PASSWORD}', 'database.hostname': 'source',"
            + " 'database.port': 5432, 'database.dbname': 'bank'}",
        "{'other.password': '${env:SOURCE_PASSWORD}', 'other.host': '${env:HOST}'}",
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url':"
            + " '${env:URL}?stringtype=unspecified&reWriteBatchedInserts=true'}",
        "{'connection.password': 'given by hand', 'connection.url': 'jdbc:postgresql://else/x'}",
        "{'level': 'DEBUG'}",
        "[{'connection.password': '${env:SINK_PASSWORD}'}]"
      })
  void allowsASecretForTheServerThatItIsFor(String body) {
    assertThat(problem("PUT", body)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // shown by validation, or written by a transform
        "{'sink.name': '${env:SINK_PASSWORD}'}",
        "{'sink.name': 'x-${env:SINK_PASSWORD}'}",
        "{'sink.name': '${env::SINK_PASSWORD}'}",
        "{'config': {}, 'sink.name': '${env:SINK_PASSWORD}'}",
        "{'name': 'x', 'config': {'transforms.a.static.value': '${env:SOURCE_PASSWORD}'}}",
        // sent to another server
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url':"
            + " 'jdbc:postgresql://evil:5432/analytics'}",
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url':"
            + " 'jdbc:postgresql://target:5432/analytics?PGHOST=evil'}",
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url':"
            + " '${env:URL}?stringtype=unspecified&PGHOST=evil'}",
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url':"
            + " '${env:URL}?PGHOST=evil&stringtype=unspecified'}",
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url':"
            + " 'jdbc:postgresql://target:5432@evil/analytics'}",
        "{'connection.password': '${env:SINK_PASSWORD}'}",
        "{'connection.password': '${env:SINK_PASSWORD}', 'connection.url': '${env:HOST}'}",
        "{'database.password': '${env:SOURCE_PASSWORD}', 'database.hostname': 'source',"
            + " 'database.port': '6000'}",
        "{'database.password': '${env:SOURCE_PASSWORD}', 'database.hostname': 'source',"
            + " 'database.port': '5432', 'database.dbname': 'shop?PGHOST=evil'}",
        "{'other.password': '${env:SOURCE_PASSWORD}', 'other.host': 'source', 'other.redirect':"
            + " 'evil'}",
        // another's secret
        "{'connection.password': '${env:SOURCE_PASSWORD}', 'connection.url': '${env:URL}'}",
        // a provider of one's own
        "{'kafka.config.providers': 'x', 'kafka.config.providers.x.class': 'File'}",
        "{'config.providers': 'x'}",
        "no JSON"
      })
  void refusesToShowASecretOrToSendItElsewhere(String body) {
    assertThat(problem("PUT", body)).isPresent();
    assertThat(problem("POST", body)).isPresent();
    assertThat(problem("PATCH", body)).isPresent();
  }

  @Test
  void aPatchMayNotMoveAConnectorThatHasASecret() {
    assertThat(problem("PATCH", "{'connection.url': 'jdbc:postgresql://evil/x'}"))
        .hasValueSatisfying(why -> assertThat(why).contains("connection.url", "PUT"));
    assertThat(problem("PATCH", "{'tasks.max': '2'}")).isEmpty();
  }

  @Test
  void saysWhereTheSecretMayStand() {
    assertThat(problem("PUT", "{'sink.name': '${env:SINK_PASSWORD}'}"))
        .hasValue(
            "sink.name may not refer to SINK_PASSWORD; only these settings may, as"
                + " ${env:SINK_PASSWORD} and nothing else: [connection.password]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a=b", "a,b", "a,=b", ";"})
  void refusesARuleThatIsNone(String rule) {
    assertThatThrownBy(() -> SecretRule.parse("SINK_PASSWORD", rule, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cdc.rest.secret.SINK_PASSWORD");
  }

  private Optional<String> problem(String method, String body) {
    return check.problem(method, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }
}
