package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.cli.CdcCommand;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.StackOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code cdc deploy} says that all is well only when it is, and else what isn't. */
@ExtendWith(SharedStack.class)
class DeployIT {
  private static EmbeddedStack stack;

  @TempDir private Path connectors;
  private final StringWriter said = new StringWriter();

  @BeforeAll
  static void start() throws IOException {
    Path data = Files.createTempDirectory(Path.of("target"), "deploy-");
    stack = EmbeddedStack.start(StackOptions.in(data).withoutConnectors());
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  private void file(String connector, Map<String, String> other) throws IOException {
    Path original = Distribution.locate().infra().resolve("connectors").resolve(connector);
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(original.toFile());
    other.forEach(((ObjectNode) json.path("config"))::put);
    Files.writeString(connectors.resolve(connector), json.toString());
  }

  private int deploy(String limit) {
    PrintWriter out = new PrintWriter(said, true);
    return CdcCommand.commandLine()
        .setOut(out)
        .setErr(out)
        .execute(
            "deploy",
            "--data",
            stack.dataDirectory().toString(),
            "--connectors",
            connectors.toString(),
            "--topics",
            Distribution.locate().infra().resolve("topics.json").toString(),
            "--wait",
            limit);
  }

  @Test
  void namesTopicsThatDoNotExistAndPutsNothing() throws IOException {
    file("shop-source.json", Map.of("table.include.list", "public.orders,public.nowhere"));
    file("analytics-sink.json", Map.of("topics", "shop.public.elsewhere,shop.transaction"));

    ConnectClient connect = new ConnectClient(stack.endpoints().connectUrl());
    Object before = connect.configuration("analytics-sink");

    assertThat(deploy("1m")).isEqualTo(2);
    assertThat(said.toString())
        .contains("topic shop.public.elsewhere does not exist, and connector analytics-sink reads")
        .doesNotContain("put ");
    assertThat(connect.configuration("analytics-sink")).isEqualTo(before);
  }

  @Test
  void givesTheInnermostCauseOfAWrongPassword() throws IOException {
    file(
        "analytics-sink.json",
        Map.of(
            "connection.url",
            stack.targetAdminJdbcUrl().replaceFirst("\\?.*", ""),
            "connection.password",
            "wrong"));

    assertThat(deploy("3m")).isEqualTo(2);
    assertThat(said.toString())
        .contains("connector analytics-sink/0 failed: ", "password authentication failed")
        .doesNotContain("every task runs");
  }

  @Test
  void doesNotTakeATaskThatRunsForOneThatWorks() throws IOException {
    file("shop-source.json", Map.of());
    assertThat(deploy("5m")).as(said.toString()).isZero();
    file(
        "analytics-sink.json",
        Map.of(
            "connection.url", "jdbc:postgresql://no-such-host.invalid:5432/analytics",
            "connection.password", "any"));

    assertThat(deploy("30s")).isEqualTo(2);
    assertThat(said.toString()).contains("analytics-sink", "no-such-host.invalid");

    file("analytics-sink.json", Map.of());
    assertThat(deploy("5m")).as(said.toString()).isZero();
    assertThat(said.toString())
        .contains("every task runs, the source is read, every sink has its ledger in the target");
  }
}
