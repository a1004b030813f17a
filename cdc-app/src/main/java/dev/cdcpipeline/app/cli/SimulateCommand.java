package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.simulate.OrderAudit;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.SimulationReport;
import dev.cdcpipeline.app.simulate.Simulator;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cdc simulate}: a shop's activity at the source. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = {
      "Plays a shop's life on the source: orders of one to three items with the total computed in"
          + " the same transaction, changes of status, quantity, price, stock and e-mail, new"
          + " customers and products, cancelled, moved and deleted orders, removed items, deleted"
          + " products, and now and then a changed key.",
      "",
      "The same seed on the same database gives the same transactions."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:some transactions were refused, for example because another program changes the same rows",
      "2:the source does not answer or is not the shop, or wrong usage"
    })
final class SimulateCommand implements Callable<Integer> {

  private static final int SECONDS_BETWEEN_LINES = 5;

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "5",
      description = "transactions a second (default: ${DEFAULT-VALUE})")
  private double rate;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "how long, for example 90s or 10m (default: ${DEFAULT-VALUE})")
  private Duration duration;

  @Option(
      names = "--transactions",
      paramLabel = "N",
      defaultValue = "9223372036854775807",
      description = "stop after so many transactions, if the time is not over before")
  private long transactions;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "which life (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = "how many transactions at once (default: as many as the rate needs)")
  private Integer connections;

  @Option(
      names = "--audit",
      description =
          "first install a table and triggers at the source that note what every order goes"
              + " through; `cdc reconcile` then compares the whole log of order events with it")
  private boolean audit;

  @Override
  public Integer call() {
    SimulationOptions options =
        new SimulationOptions(
            rate,
            duration,
            transactions,
            seed,
            connections != null ? connections : SimulationOptions.connectionsFor(rate));
    PrintWriter out = spec.commandLine().getOut();
    String url = pipeline.sourceUrl();
    if (audit && OrderAudit.install(url)) {
      out.println("installed the audit of the orders: table public.order_audit");
    }
    Simulator simulator = new Simulator(url, options);
    SimulationReport report = runWithProgress(simulator, out);
    TextTable table = new TextTable("activity", "transactions");
    report
        .byActivity()
        .forEach(
            (activity, count) ->
                table.row(
                    activity.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    Long.toString(count)));
    table.print(out);
    out.println(line(report));
    return report.failed() == 0 ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }

  private static SimulationReport runWithProgress(Simulator simulator, PrintWriter out) {
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "cdc-progress");
              thread.setDaemon(true);
              return thread;
            });
    ScheduledFuture<?> lines =
        clock.scheduleAtFixedRate(
            () -> out.println(line(simulator.report())),
            SECONDS_BETWEEN_LINES,
            SECONDS_BETWEEN_LINES,
            TimeUnit.SECONDS);
    try {
      return simulator.run();
    } finally {
      lines.cancel(false);
      clock.shutdown();
    }
  }

  private static String line(SimulationReport report) {
    return String.format(
        Locale.ROOT,
        "%s: %,d transactions, %,d changes, %.1f transactions/s%s%s",
        Durations.format(report.elapsed()),
        report.transactions(),
        report.changes(),
        report.rate(),
        report.retried() == 0 ? "" : ", " + report.retried() + " run again after a deadlock",
        report.failed() == 0 ? "" : ", " + report.failed() + " refused");
  }
}
