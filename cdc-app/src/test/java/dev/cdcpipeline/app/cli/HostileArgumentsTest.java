package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.Bounded;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Any command line is taken, or explained in a few lines with exit code 2, without a password that
 * was in it.
 */
class HostileArgumentsTest {
  private static final String PASSWORD = "hidden-word";
  private static final long BYTES = 20 << 20;

  /** One for all, since to make it takes longer than to use it. */
  private static final CommandLine COMMAND = CdcCommand.commandLine();

  /** Nothing runs here. */
  private static Path data;

  /** Without addresses, so that no variable names others. */
  private static Path config;

  @BeforeContainer
  static void makeDirectory() throws IOException {
    data = Files.createTempDirectory("cdc-hostile");
    config = Files.createFile(data.resolve("addresses"));
  }

  @AfterContainer
  static void deleteDirectory() throws IOException {
    Files.delete(config);
    Files.delete(data);
  }

  @Property
  void areParsedOrRefused(@ForAll("lines") List<String> args) {
    Bounded.attack(
        ParameterException.class,
        e -> assertThat(e.getMessage()).isNotBlank(),
        BYTES,
        args.toString(),
        () -> COMMAND.parseArgs(args.toArray(String[]::new)));
  }

  /** Commands that start nothing, with addresses that nobody answers at. */
  @Property
  void areExplained(@ForAll("commands") String command, @ForAll("options") List<String> options) {
    List<String> args = new ArrayList<>(List.of(command.split(" ")));
    args.addAll(options);
    args.addAll(List.of("--data", data.toString(), "--config", config.toString()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Bounded.attack(
        Exception.class,
        e -> assertThat(e).as("of %s", args).isNull(),
        BYTES,
        args.toString(),
        () -> {
          int code =
              COMMAND
                  .setOut(new PrintWriter(out, true))
                  .setErr(new PrintWriter(err, true))
                  .execute(args.toArray(String[]::new));
          assertThat(code).as("exit code of %s", args).isBetween(0, ExitCodes.NOT_DONE);
          assertThat(out.toString() + err).as("of %s", args).isNotBlank();
        });
    assertThat(err.toString()).as("of %s", args).doesNotContain("\tat ");
    assertThat(out.toString() + err).as("of %s", args).doesNotContain(PASSWORD);
  }

  @Provide
  Arbitrary<List<String>> lines() {
    Set<String> names = new LinkedHashSet<>();
    collect(COMMAND, names);
    assertThat(names).contains("demo", "reread", "--source-url");
    return Arbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.of(names)),
            Tuple.of(1, Arbitraries.of(names).map(name -> name + "=")),
            Tuple.of(2, values()))
        .list()
        .ofMaxSize(7);
  }

  private static void collect(CommandLine command, Set<String> names) {
    command.getCommandSpec().options().forEach(option -> names.addAll(List.of(option.names())));
    command
        .getSubcommands()
        .forEach(
            (name, subcommand) -> {
              names.add(name);
              collect(subcommand, names);
            });
  }

  @Provide
  Arbitrary<String> commands() {
    return Arbitraries.of(
        "sql target",
        "sql source",
        "results list",
        "sink show",
        "topics list",
        "connect GET /x",
        "schema plan",
        "status");
  }

  @Provide
  Arbitrary<List<String>> options() {
    return Arbitraries.frequencyOf(
            Tuple.of(
                2,
                Arbitraries.of(
                    "--source-url",
                    "--target-url",
                    "--sink-url",
                    "--registry-url",
                    "--connect-url",
                    "--reader-url",
                    "--json")),
            Tuple.of(3, values()))
        .list()
        .ofMaxSize(6);
  }

  private static Arbitrary<String> values() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            "",
            "-",
            "--",
            "@",
            "@/no/such",
            "=",
            "0",
            "-1",
            "1s",
            "999999h999999m",
            "99999999999",
            "NaN",
            "1e400",
            "env:CDC_NO_SUCH",
            "env:",
            "env:a\0b",
            "file:",
            "file:/",
            "file:\0",
            "jdbc:postgresql://127.0.0.1:1/d?password=" + PASSWORD,
            "jdbc:postgresql://127.0.0.1:x/d?password=" + PASSWORD,
            "jdbc:postgres://127.0.0.1/d?password=" + PASSWORD,
            "jdbc:postgresql://u:" + PASSWORD + "@127.0.0.1/d",
            "jdbc:postgresql://127.0.0.1:1/d?socketTimeout=x&password=" + PASSWORD,
            "jdbc:postgresql://127.0.0.1:1/d?sslmode=odd&password=" + PASSWORD,
            "jdbc:postgresql://127.0.0.1:1/%zz?password=" + PASSWORD,
            "http://u:" + PASSWORD + "@127.0.0.1:1",
            "http://u:" + PASSWORD + "@127.0.0.1:1 /x",
            "http://u:%zz" + PASSWORD + "@127.0.0.1:1",
            "http://u:" + PASSWORD + "@127.0.0.1:99999",
            "ftp://u:" + PASSWORD + "@127.0.0.1:1",
            "u:" + PASSWORD + "@127.0.0.1:1",
            "http://",
            "://",
            "http:///",
            "SELECT 1",
            "ALTER TABLE t ADD c int",
            "ALTER TABLE"),
        Arbitraries.strings().ofMaxLength(10));
  }
}
