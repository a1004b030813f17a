package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.Reconciliation;
import dev.cdcpipeline.app.reconcile.Watch;
import dev.cdcpipeline.app.stack.Way;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cdc reconcile}: compares the target with the source. */
@Command(
    name = "reconcile",
    mixinStandardHelpOptions = true,
    description = {
      "Compares every row and every value of every mirror and every result with the source, by"
          + " running each result's definition there.",
      "",
      "First waits until the target has everything that was committed at the source. The source"
          + " may be written to meanwhile: rows that differ are looked at again until they have"
          + " proved different at one commit.",
      "",
      "Definitions are those of the results' files; each runs in a read-only transaction of its"
          + " own. The definitions that only the target holds are never run on the source.",
      "",
      "The tables that sinks keep of the result topics (schema streamed) are compared until they"
          + " are equal or the time to wait is over: they are eventually right, not at every"
          + " moment.",
      "",
      "With --watch it compares in the background, again and again, while the source is written to,"
          + " until Ctrl-C. What it finds is in the target's table cdc.comparison, and `cdc status`"
          + " shows it.",
      "",
      "The log of order events is compared event by event if the source has the audit that `cdc"
          + " simulate --audit` installs; without it, each order's last event is, and whether the"
          + " log contradicts itself."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every row is equal",
      "1:rows differ",
      "2:nothing could be compared: a database does not answer, the target does not catch up, wrong"
          + " usage"
    })
final class ReconcileCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "the results' files (default: infra/results, else those of this program)")
  private Path results;

  @Option(
      names = "--way",
      paramLabel = "WAY",
      description =
          "table, topics or both: which tables of the target are compared (default: those it has)")
  private Way way;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "how long the target may take to catch up (default: ${DEFAULT-VALUE})")
  private Duration patience;

  @Option(
      names = "--show",
      paramLabel = "N",
      defaultValue = "5",
      description = "show the first N differing rows of each table (default: ${DEFAULT-VALUE})")
  private int shown;

  @Mixin private WatchOptions watching;

  @Override
  public Integer call() {
    if (watching.isAsked()) {
      return watch();
    }
    PrintWriter err = spec.commandLine().getErr();
    Reconciliation.Options options =
        new Reconciliation.Options(
            pipeline.readerUrl(),
            pipeline.targetUrl(),
            Optional.of(DeploymentFiles.results(results, spec)),
            patience,
            shown,
            false,
            way == null ? Reconciliation.waysOf(pipeline.targetUrl()) : way);
    ReconcileReport report = new Reconciliation(options, err::println).run();
    ReconcilePrinter.print(report, spec.commandLine().getOut());
    return report.differences() == 0 ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }

  private Integer watch() {
    PrintWriter out = spec.commandLine().getOut();
    try (Watch watch =
        new Watch(
            watching.options(pipeline.readerUrl(), pipeline.targetUrl(), pipeline.sinkUrl()),
            line -> {
              out.println(Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + line);
              out.flush();
            })) {
      watch.run();
    }
    return ExitCodes.OK;
  }
}
