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
