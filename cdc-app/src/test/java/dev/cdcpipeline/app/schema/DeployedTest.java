package dev.cdcpipeline.app.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.net.httpserver.HttpServer;
import dev.cdcpipeline.app.stack.HttpAddress;
import dev.cdcpipeline.sink.change.TableId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeployedTest {
  private static final TableId EVENTS = new TableId("rental", "events");

  @TempDir private Path directory;

  @Test
  void aTablesTopicAndSinksAreThoseOfTheConnectorThatCapturesIt() throws IOException {
    connector(
        "shop",
        "'connector.class': 'dev.cdcpipeline.debezium.ExactlyOncePostgresConnector',"
            + " 'topic.prefix': 'shop', 'table.include.list': 'public.orders'");
    connector(
        "rental",
        "'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'topic.prefix':"
            + " 'rent', 'schema.include.list': 'rental'");
    connector(
        "mirrors",
        "'connector.class': 'dev.cdcpipeline.sink.connect.PostgresSinkConnector', 'mode': 'mirror',"
            + " 'topics.regex': 'rent\\\\..*', 'mirror.schema': 'copies'");

    Deployed deployed = Deployed.read(Optional.empty(), directory);

    assertThat(deployed.topic(new TableId("public", "orders"))).hasValue("shop.public.orders");
    assertThat(deployed.topic(EVENTS)).hasValue("rent.rental.events");
    assertThat(deployed.topic(new TableId("public", "other"))).isEmpty();
    assertThat(deployed.sinks(EVENTS, "rent.rental.events"))
        .extracting(Deployed.Sink::name, Deployed.Sink::mirror)
        .containsExactly(tuple("mirrors", new TableId("copies", "events")));
    assertThat(deployed.sinks(EVENTS, "shop.rental.events")).isEmpty();
  }

  /** Apicurio says NONE of a subject without a rule, and refuses by the registry's rule. */
  @ParameterizedTest
  @CsvSource({"404, BACKWARD", "200, NONE"})
  void aSubjectWithoutARuleHasTheRegistrys(int ruleOfArtifact, String expected) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answer(server, "/apis/ccompat/v7/config/a-value", 200, "{\"compatibilityLevel\": \"NONE\"}");
    answer(server, "/apis/ccompat/v7/config", 200, "{\"compatibilityLevel\": \"BACKWARD\"}");
    answer(
        server,
        "/apis/registry/v2/groups/default/artifacts/a-value/rules/COMPATIBILITY",
        ruleOfArtifact,
        "{}");
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/apis/ccompat/v7";
      assertThat(Deployed.compatibility(HttpAddress.of(url), "a-value")).hasValue(expected);
    } finally {
      server.stop(0);
    }
  }

  private static void answer(HttpServer server, String path, int status, String body) {
    server.createContext(
        path,
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private void connector(String name, String config) throws IOException {
    String json = "{'name': '%s', 'config': {%s}}".formatted(name, config).replace('\'', '"');
    Files.writeString(directory.resolve(name + ".json"), json);
  }
}
