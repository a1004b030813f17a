package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.TableComparison;
import dev.cdcpipeline.app.reconcile.TableReconciliation;
import dev.cdcpipeline.app.reread.Reread;
import dev.cdcpipeline.app.stack.Endpoints;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc table}: one captured table. */
@Command(
    name = "table",
    mixinStandardHelpOptions = true,
    description = "Reads a captured table again, when its mirror lacks rows of it.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every mirror of the table is equal",
      "1:rows differ still",
      "2:not done, or wrong usage"
    },
    footer = {"", "Example:", "  cdc table reread public.orders"})
final class TableCommand {

  private static final int SHOWN = 5;

  @Spec private CommandSpec spec;

  @Command(
      name = "reread",
      mixinStandardHelpOptions = true,
      description = {
        "Has the source connector read a table again while everything goes on (an incremental"
            + " snapshot), waits until the target has it, and compares the table's mirrors with"
            + " it.",
        "",
        "Rows that the mirror lacks or has wrong are put right, and the results over it with them."
            + " Rows that only the mirror has stay: a snapshot does not mention them."
      },
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:every mirror of the table is equal",
        "1:rows differ still",
        "2:not done: the table is unknown, not captured or has no key, its connector does not run,"
            + " or it took too long"
      })
  int reread(
      @Parameters(paramLabel = "TABLE", description = "the table at the source") String table,
      @Option(
              names = "--wait",
              paramLabel = "TIME",
              defaultValue = "10m",
              description =
                  "how long the snapshot may take, and the target be behind (default:"
                      + " ${DEFAULT-VALUE})")
          Duration patience,
      @Mixin PipelineOptions pipeline) {
    PrintWriter err = spec.commandLine().getErr();
    Endpoints endpoints = pipeline.endpoints();
    PipelineOptions.known(endpoints.bootstrapServers(), "--bootstrap-servers");
    PipelineOptions.known(endpoints.connectUrl(), "--connect-url");
    String read =
        new Reread(new Reread.Options(pipeline.readerUrl(), endpoints, patience), err::println)
            .run(table);
    List<TableComparison> compared =
        new TableReconciliation(
                pipeline.readerUrl(), pipeline.targetUrl(), patience, SHOWN, err::println)
            .compare(read, pipeline.sinkUrl());
    ReconcileReport report = new ReconcileReport(compared, List.of(), List.of());
    ReconcilePrinter.print(report, spec.commandLine().getOut());
    return report.differences() == 0 ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }
}
