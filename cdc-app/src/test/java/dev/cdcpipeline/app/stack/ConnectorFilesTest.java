package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectorFilesTest {
  @ParameterizedTest
  @ValueSource(strings = {"shop-source", "analytics-sink"})
  void keepSecretsAndAddressesOut(String connector) throws IOException {
    JsonNode json =
        new ObjectMapper().readTree(Path.of("../infra/connectors/" + connector + ".json").toFile());

    assertThat(json.path("name").asText()).isEqualTo(connector);
    assertThat(json.path("config").properties())
        .isNotEmpty()
        .filteredOn(
            entry -> entry.getKey().matches(".*(password|url|hostname|bootstrap\\.servers)"))
        .isNotEmpty()
        .allSatisfy(entry -> assertThat(entry.getValue().asText()).startsWith("${env:CDC_"));
  }
}
