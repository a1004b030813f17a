package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.shop.topology.AnalyticsTopology;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectorFilesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "shop-source",
        "analytics-sink",
        "mirrors/shop-mirrors",
        "streamed/streamed-events",
        "streamed/streamed-results",
        "confluent/jdbc-sink-order-events",
        "confluent/jdbc-sink-product-sales",
        "confluent/ksqldb/jdbc-sink-ksqldb-order-events",
        "confluent/ksqldb/jdbc-sink-ksqldb-product-sales"
      })
  void keepSecretsAndAddressesOut(String connector) throws IOException {
    JsonNode json =
        new ObjectMapper().readTree(Path.of("../infra/connectors/" + connector + ".json").toFile());

    assertThat(json.path("name").asText()).isEqualTo(Path.of(connector).getFileName().toString());
    assertThat(json.path("config").properties())
        .isNotEmpty()
        .filteredOn(
            entry -> entry.getKey().matches(".*(password|url|hostname|bootstrap\\.servers)"))
        .isNotEmpty()
        .allSatisfy(entry -> assertThat(entry.getValue().asText()).startsWith("${env:CDC_"));
  }

  @Test
  void theTopicWaysSinksReadEveryResultTopic() throws IOException {
    List<String> read = new ArrayList<>();
    for (String connector : List.of("streamed-events", "streamed-results")) {
      Path file = Path.of("../infra/connectors/streamed/" + connector + ".json");
      String topics = new ObjectMapper().readTree(file.toFile()).at("/config/topics").asText();
      read.addAll(List.of(topics.split(",")));
    }

    assertThat(read)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(
                    AnalyticsTopology.EVENT_TOPICS.stream(),
                    AnalyticsTopology.TABLE_TOPICS.stream())
                .toList());
  }
}
