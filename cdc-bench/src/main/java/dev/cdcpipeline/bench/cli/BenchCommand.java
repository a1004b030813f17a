package dev.cdcpipeline.bench.cli;

import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.OutcomeFiles;
import dev.cdcpipeline.bench.report.PerformanceDocument;
import dev.cdcpipeline.bench.report.TextReport;
import dev.cdcpipeline.bench.trial.Bench;
import dev.cdcpipeline.bench.trial.Trial;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc bench}: measures the whole pipeline on this machine. */
@Command(
    name = "cdc bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures the pipeline, each server a process on this machine, and prints tables; JSON files"
          + " with every run's values go into the output directory. Benchmarks that are named"
          + " together share a running stack.",
      ""
    },
    footer = {
      "",
      "Benchmarks:",
      "  latency      commit at the source until visible in each result (table way)",
      "  latency-topics  the same by the topic way",
      "  catchup      a backlog through the source connector, then through the sink",
      "  throughput   the highest rate of changes that is followed without growing lag",
      "  throughput-topics  the same by the topic way",
      "  source       the source connector with our converter and with the library's",
      "  snapshot     an existing shop, from nothing to reconciled",
      "  growth       the same changes over 1, 4 and 16 times the data",
      "  sink         our sink, Debezium's JDBC sink and the ceilings of the database",
      "  transform    product sales by Kafka Streams, exactly once",
      "  jmh          the parts alone: decoding, encoding, aggregates, flushes",
      "",
      "  all          every benchmark, each stack in a process of its own: what fails or hangs",
      "               costs only itself; writes the report at the end",
      "  report       docs/performance.md and its charts from the JSON files that are there"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything was measured",
      "1:something could not be measured; the rest was",
      "2:wrong usage"
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", arity = "1..*", description = "what to measure, in this order")
  private List<String> names;

  @Option(
      names = "--quick",
      description = "little data, few and short runs: to see that it works, or for a first idea")
  private boolean quick;

  @Option(
      names = "--rates",
      paramLabel = "N",
      split = ",",
      description = "transactions a second at which latency is measured (default: 20,200,1000)")
  private List<Integer> rates = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the JSON files go (default: ${DEFAULT-VALUE})",
      defaultValue = "${sys:cdc.bench.home}/results")
  private Path out;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description =
          "how long `all` may take; what does not fit is left out (default: ${DEFAULT-VALUE})",
      defaultValue = "240")
  private int minutes;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "where the stacks keep their data (default: ${DEFAULT-VALUE})",
      defaultValue = "${sys:cdc.bench.home}/work")
  private Path work;

  @Option(
      names = "--docs",
      paramLabel = "DIR",
      description = "where performance.md and its charts go (default: ${DEFAULT-VALUE})",
      defaultValue = "${sys:cdc.root}/docs")
  private Path docs;

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    PrintStream stdout = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream stderr = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int code =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(stdout, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(stderr, true, StandardCharsets.UTF_8))
            .execute(args);
    System.exit(code);
  }

  @Override
  public Integer call() throws Exception {
    if (names.contains("report") || names.contains("all")) {
      if (names.size() > 1) {
        throw new ParameterException(
            spec.commandLine(), "'all' and 'report' stand alone, were given with " + names);
      }
    }
    if (names.contains("report")) {
      return report();
    }
    if (names.contains("all")) {
      return runAll();
    }
    List<Trial> trials = new ArrayList<>();
    for (String name : names) {
      trials.add(
          Trials.named(name)
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "'%s' is no benchmark; there are %s".formatted(name, Trials.names()))));
    }
    return run(trials);
  }

  private int run(List<Trial> trials) {
    PrintWriter err = spec.commandLine().getErr();
    int failed = 0;
    try (Bench bench =
        new Bench(quick, rates, work.toAbsolutePath(), plugins(), message -> say(err, message))) {
      for (Trial trial : trials) {
        try {
          bench.begin();
          Outcome outcome = trial.run(bench);
          new OutcomeFiles(out).write(outcome);
          spec.commandLine().getOut().println(TextReport.of(outcome));
        } catch (Exception e) {
          failed++;
          err.println("cdc bench: " + trial.name() + " could not be measured: " + e);
          e.printStackTrace(err);
          // what it left behind is unknown: the next begins with a new stack
          bench.stopServers();
        }
      }
    }
    return failed == 0 ? 0 : 1;
  }

  private int runAll() throws IOException, InterruptedException {
    List<String> options =
        new ArrayList<>(List.of("--out", out.toString(), "--work", work.toString()));
    if (quick) {
      options.add("--quick");
    }
    PrintWriter err = spec.commandLine().getErr();
    List<String> failed =
        new Suite(quick, options, err).run(Duration.ofMinutes(minutes), this::report);
    report();
    failed.forEach(group -> err.println("cdc bench: not all was measured: " + group));
    return failed.isEmpty() ? 0 : 1;
  }

  private int report() {
    Path file = new PerformanceDocument(new OutcomeFiles(out), docs).write();
    spec.commandLine().getOut().println("written: " + file);
    return 0;
  }

  private static Path plugins() {
    return Path.of(System.getProperty("cdc.bench.home"), "plugins");
  }

  private static void say(PrintWriter err, String message) {
    err.println(
        LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS) + " " + message);
    err.flush();
  }
}
