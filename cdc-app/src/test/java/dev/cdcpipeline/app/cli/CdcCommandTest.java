package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CdcCommandTest {

  @TempDir private Path data;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "up",
        "down",
        "status",
        "simulate",
        "sql",
        "reconcile",
        "results",
        "sink",
        "deploy",
        "connect",
        "topics",
        "table",
        "storm"
      })
  void everyCommandExplainsItselfAndItsExitCodes(String command) {
    int code = run(command, "--help");

    assertThat(code).isZero();
    assertThat(out.toString()).contains("Usage: cdc " + command, "Exit codes:");
  }

  @Test
  void aWrongDurationIsAUsageError() {
    int code = run("simulate", "--duration", "5");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .contains("'5' is not a duration; write numbers with units, for example 60s");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aWrongOptionIsPointedOutInAFewLines() {
    int code = run("deploy", "--conect-url", "http://127.0.0.1:1");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("cdc: Unknown option")
        .contains("--connect-url", "`cdc deploy --help` lists what there is")
        .hasLineCount(3);
  }

  @Test
  void anAddressMayBeInAFileOrAVariable() throws IOException {
    Path file = Files.writeString(data.resolve("url"), "jdbc:postgresql://127.0.0.1:1/kept\n");

    assertThat(run("sql", "target", "SELECT 1", "--target-url", "file:" + file)).isEqualTo(2);
    assertThat(err.toString()).contains("SQLSTATE 08001");
    assertThat(run("sql", "target", "SELECT 1", "--target-url", "env:CDC_NO_SUCH")).isEqualTo(2);
    assertThat(err.toString()).contains("--target-url: the variable of env:CDC_NO_SUCH is not set");
    assertThat(run("sql", "target", "SELECT 1", "--target-url", "file:/no/such")).isEqualTo(2);
    assertThat(err.toString()).contains("--target-url: cannot read file:/no/such");
  }

  @Test
  void aRateThatCannotBeIsRefused() {
    int code = run("simulate", "--rate", "0", "--source-url", "jdbc:postgresql://127.0.0.1:1/shop");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).isEqualTo("cdc: rate must be above 0, at most 20000, was 0.0\n");
  }

  @Test
  void whereNothingRunsItSaysHowToStart() {
    int code = run("status", "--data", data.toString());

    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).startsWith("cdc: no stack runs on " + data + "; start one with");
  }

  @Test
  void aRegistryWithoutAnAddressIsRefused() {
    int code = run("up", "--data", data.toString(), "--registry", "localhost:8081");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "cdc: --registry must be an address like http://localhost:8081, was"
                + " 'localhost:8081'\n");
  }

  @Test
  void pluginsWithoutADirectoryAreRefused() {
    int code = run("up", "--data", data.toString(), "--plugins", data + "/none");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo("cdc: --plugins must be a directory, and there is none at " + data + "/none\n");
  }

  @Test
  void noSinkWritesToTheSource() {
    int code = run("sql", "source", "SELECT 1", "--as-sink", "--data", data.toString());

    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo("cdc: --as-sink is for the target: no sink writes to the source\n");
  }

  @Test
  void aLimitOfNothingIsRefused() {
    int code = run("topics", "show", "t", "--limit", "0", "--data", data.toString());

    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).isEqualTo("cdc: --limit must be between 1 and 100000, was 0\n");
  }

  @Test
  void stoppingWhatDoesNotRunIsFine() {
    assertThat(run("down", "--data", data.toString())).isZero();
    assertThat(out.toString()).startsWith("nothing runs on ");
  }

  @Test
  void aDatabaseThatDoesNotAnswerIsNamedWithItsSqlState() {
    int code =
        run("sql", "target", "SELECT 1", "--target-url", "jdbc:postgresql://127.0.0.1:1/analytics");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).startsWith("cdc: cannot connect to the target: SQLSTATE 08001: ");
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgres://h:1/a?password=hidden, jdbc:postgres://h:1/a",
    "jdbc:postgresql://h:x/a?password=hidden, jdbc:postgresql://h:x/a",
    "jdbc:postgresql://u:hidden@h/a, jdbc:postgresql://h/a",
  })
  void aMistypedAddressIsShownWithoutItsPassword(String url, String shown) throws IOException {
    String expected =
        "'%s' is no JDBC URL of PostgreSQL; expected jdbc:postgresql://HOST:PORT/DATABASE%n"
            .formatted(shown);
    Path config = Files.writeString(data.resolve("addresses"), "target.url=" + url);

    assertThat(run("sql", "target", "SELECT 1", "--target-url", url)).isEqualTo(2);
    assertThat(run("sql", "target", "SELECT 1", "--config", config.toString())).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo("cdc: --target-url: " + expected + "cdc: --target-url: " + expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://u:hidden@h:1", "http://u:hid den@h:1"})
  void aMistypedRegistryIsShownWithoutItsPassword(String url) throws IOException {
    Path file = Files.writeString(data.resolve("registry"), url);

    assertThat(run("up", "--data", data.toString(), "--registry", "file:" + file)).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo("cdc: --registry must be an address like http://localhost:8081, was 'h:1'\n");
  }

  @Test
  void anArgumentTooManyIsNamedWithoutItsPassword() {
    int code = run("status", "jdbc:postgresql://h/d?user=u&password=hidden", "http://u:hidden@h:1");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .contains("'jdbc:postgresql://h/d?user=u&password=…'", "'http://…@h:1'")
        .doesNotContain("hidden");
  }

  @Test
  void anAddressThatIsMissingIsAskedFor() {
    int code = run("sql", "source", "SELECT 1", "--target-url", "jdbc:postgresql://127.0.0.1:1/a");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo("cdc: --source-url is needed too, where the other addresses are given\n");
  }

  private int run(String... args) {
    CommandLine command =
        CdcCommand.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    return command.execute(args);
  }
}
