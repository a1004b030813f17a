package dev.cdcpipeline.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.TableComparison;
import dev.cdcpipeline.app.reconcile.TableReconciliation;
import dev.cdcpipeline.app.reread.Reread;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.LedgerAdmin;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
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
  private static final long LOOK_NANOS = 200_000_000L;

  @Spec private CommandSpec spec;

  @Command(
      name = "reread",
      mixinStandardHelpOptions = true,
      description = {
        "Has the source connector read a table again while everything goes on (an incremental"
            + " snapshot), waits until the target has it, and compares the table's mirrors with"
            + " it.",
        "",
        "A mirror that is gone is made anew, if a sink had one, and the results over it are"
            + " computed anew.",
        "",
        "Rows that the mirror lacks or has wrong are put right, and the results over it with them."
            + " Rows that only the mirror has stay, for a snapshot does not mention them, unless"
            + " --remove is given."
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
      @Option(
              names = "--remove",
              description = {
                "then remove the rows that only the mirrors have, as after a partition was"
                    + " detached, and compute the results over them anew"
              })
          boolean remove,
      @Mixin PipelineOptions pipeline)
      throws SQLException {
    PrintWriter err = spec.commandLine().getErr();
    Endpoints endpoints = pipeline.endpoints();
    PipelineOptions.known(endpoints.bootstrapServers(), "--bootstrap-servers");
    PipelineOptions.known(endpoints.connectUrl(), "--connect-url");
    String read =
        new Reread(new Reread.Options(pipeline.readerUrl(), endpoints, patience), err::println)
            .run(table);
    boolean rebuilds = letMirrorsBeMade(read, pipeline, endpoints, err);
    if (rebuilds) {
      awaitMirrors(read, pipeline, patience);
    }
    TableReconciliation reconciliation =
        new TableReconciliation(
            pipeline.readerUrl(), pipeline.targetUrl(), patience, SHOWN, err::println);
    if (remove) {
      long removed = reconciliation.removeUnexpected(read, pipeline.sinkUrl());
      err.println("removed %d rows that %s has not".formatted(removed, read));
      rebuilds |= removed > 0;
    }
    List<TableComparison> compared = reconciliation.compare(read, pipeline.sinkUrl());
    if (rebuilds) {
      ResultsCommand.rebuildOver(
          read.substring(read.indexOf('.') + 1), pipeline.sinkUrl(), patience, err);
    }
    ReconcileReport report = new ReconcileReport(compared, List.of(), List.of());
    ReconcilePrinter.print(report, spec.commandLine().getOut());
    return report.differences() == 0 ? ExitCodes.OK : ExitCodes.BAD_ANSWER;
  }

  // the rows that were read make them, a moment after the source connector has read them
  private static void awaitMirrors(String table, PipelineOptions pipeline, Duration patience)
      throws SQLException {
    long begin = System.nanoTime();
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      target.setAutoCommit(false);
      LedgerAdmin admin = new LedgerAdmin(target, "cdc");
      List<String> gone = admin.goneMirrors(id(table));
      while (!gone.isEmpty()) {
        if (System.nanoTime() - begin > patience.toNanos()) {
          throw new CommandException(
              "%s is read again, but its sink has not made %s within %s; see what `cdc status` says of it"
                  .formatted(table, gone, Durations.format(patience)));
        }
        LockSupport.parkNanos(LOOK_NANOS);
        gone = admin.goneMirrors(id(table));
      }
    }
  }

  private static TableId id(String table) {
    int dot = table.indexOf('.');
    return new TableId(table.substring(0, dot), table.substring(dot + 1));
  }

  // a sink that misses a mirror has stopped, and makes it anew only if the table is read again; its
  // results still count the rows of the former one
  private static boolean letMirrorsBeMade(
      String table, PipelineOptions pipeline, Endpoints endpoints, PrintWriter err) {
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      target.setAutoCommit(false);
      List<String> sinks = new LedgerAdmin(target, "cdc").reread(id(table));
      if (sinks.isEmpty()) {
        return false;
      }
      err.println("the mirror of " + table + " is gone: it is made anew by " + sinks);
      ConnectClient connect = new ConnectClient(endpoints.connect());
      for (ConnectClient.Status status : connect.statuses()) {
        if (!status.failures().isEmpty() && isOneOf(sinks, status.name(), connect)) {
          connect.restartFailed(status.name());
        }
      }
      return true;
    } catch (SQLException | IOException e) {
      throw new CommandException(
          "%s is read again, but its missing mirrors could not be made free for it: %s"
              .formatted(table, e.getMessage()));
    }
  }

  private static boolean isOneOf(List<String> sinks, String connector, ConnectClient connect)
      throws IOException {
    Optional<JsonNode> config = connect.configuration(connector);
    String named = config.map(c -> c.path("sink.name").asText("")).orElse("");
    return sinks.contains(named.isEmpty() ? connector : named);
  }
}
