package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.Reconciliation;
import dev.cdcpipeline.app.stack.Way;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
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
          + " should be quiet meanwhile: if it is written to, rows that differ are compared again,"
          + " a few times, and the answer says so.",
      "",
      "The tables that sinks keep of the result topics (schema streamed) are compared until they"
          + " are equal or the time to wait is over: they are eventually right, not at every"
          + " moment.",
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

  private static final int ATTEMPTS = 3;

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "the results' files (default: the definitions the target itself holds)")
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

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Reconciliation.Options options =
        new Reconciliation.Options(
            pipeline.sourceUrl(),
            pipeline.targetUrl(),
            Optional.ofNullable(results),
            patience,
            shown,
            false,
            way == null ? Reconciliation.waysOf(pipeline.targetUrl()) : way);
    ReconcileReport report = new Reconciliation(options, err::println).run();
    for (int attempt = 1;
        attempt < ATTEMPTS && report.differences() > 0 && report.sourceMoved();
        attempt++) {
      err.println("the source was written to meanwhile; comparing again");
      report = new Reconciliation(options, err::println).run();
    }
    ReconcilePrinter.print(report, spec.commandLine().getOut());
    return report.differences() == 0 ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }
}
