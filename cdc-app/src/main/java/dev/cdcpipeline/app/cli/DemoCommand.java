package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.SimulationReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cdc demo}: everything at once, with a proof at the end. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Starts the whole pipeline on this machine, plays a shop's life on the source and shows the"
          + " changes arriving in the analytics database. At the end it waits until everything has"
          + " arrived, compares every row of every mirror and result with the source, says the"
          + " verdict, and stops everything.",
      "",
      "Nothing is left behind: data go into a temporary directory, unless --data names one."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every row is equal",
      "1:rows differ",
      "2:the demo could not be run to its end"
    })
final class DemoCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "how long the shop is busy, for example 90s or 10m (default: ${DEFAULT-VALUE})")
  private Duration duration;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "5",
      description = "transactions a second (default: ${DEFAULT-VALUE})")
  private double rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "which life the shop has (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "keep data and logs there, and go on with what is there")
  private Path data;

  @Mixin private StackChoices choices;

  @Option(names = "--report", paramLabel = "FILE", description = "write what was shown as JSON")
  private Path reportFile;

  @Override
  public Integer call() throws IOException {
    choices.check();
    SimulationOptions simulation = SimulationOptions.of(rate, duration, seed);
    PrintWriter out = spec.commandLine().getOut();
    LiveView view = new LiveView(out, LiveView.onTerminal());
    DemoReport report = new DemoRun(simulation, data, choices, view).run();
    ReconcilePrinter.print(report.comparison(), out);
    out.println(summary(report));
    out.flush();
    if (reportFile != null) {
      report.write(reportFile);
      out.println("report: " + reportFile);
    }
    return report.comparison().differences() == 0 ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }

  private static String summary(DemoReport report) {
    SimulationReport simulation = report.simulation();
    String streamed =
        report
            .streamedLatency()
            .map(
                latency ->
                    ", by result topics p50 %s, p99 %s"
                        .formatted(DemoView.millis(latency.p50()), DemoView.millis(latency.p99())))
            .orElse("");
    return String.format(
        Locale.ROOT,
        "%,d transactions, %,d row changes (%.1f/s); commit to visible: p50 %s, p99 %s%s; first"
            + " change in the target %s after the start",
        simulation.transactions(),
        simulation.changes(),
        report.changesPerSecond(),
        DemoView.millis(report.latency().p50()),
        DemoView.millis(report.latency().p99()),
        streamed,
        Durations.format(report.startup()));
  }
}
