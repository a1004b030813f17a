package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.monitor.PipelineMonitor;
import dev.cdcpipeline.app.monitor.PipelineStatus;
import dev.cdcpipeline.app.stack.Endpoints;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cdc status}: how the pipeline is. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Shows how the pipeline is: connectors and tasks with state and error, the registry's"
          + " subjects, how far consumers are behind, the replication slot, rows of each mirror and"
          + " result, and the source commit that the target is true to.",
      "",
      "Asks the embedded stack, or any other pipeline by its addresses; a piece whose address is"
          + " not given is not asked."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:healthy",
      "1:degraded: something does not work or will stop working; it says what",
      "2:down: nothing arrives, or nothing runs"
    })
final class StatusCommand implements Callable<Integer> {

  private static final int SUBJECTS_SHOWN = 10;

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Option(names = "--json", description = "print JSON, for programs")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Endpoints endpoints = pipeline.endpoints();
    PipelineStatus status = new PipelineMonitor(endpoints).read();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(StatusJson.write(status));
    } else {
      print(status, out);
    }
    out.flush();
    return switch (status.health()) {
      case HEALTHY -> ExitCodes.OK;
      case DEGRADED -> ExitCodes.BAD_ANSWER;
      case DOWN -> ExitCodes.NOT_DONE;
    };
  }

  private static void print(PipelineStatus status, PrintWriter out) {
    TextTable connectors = new TextTable("connector or task", "state", "error");
    status.connectors().forEach(one -> connectors.row(one.name(), one.state(), one.error()));
    section("Connectors", connectors, out);

    if (!status.subjects().isEmpty()) {
      out.println("Registry subjects");
      List<String> subjects = status.subjects();
      subjects.stream().limit(SUBJECTS_SHOWN).forEach(subject -> out.println("  " + subject));
      if (subjects.size() > SUBJECTS_SHOWN) {
        out.println("  … and " + (subjects.size() - SUBJECTS_SHOWN) + " more");
      }
      out.println();
    }

    TextTable lags = new TextTable("group", "topic", "records behind");
    status.lags().forEach(lag -> lags.row(lag.group(), lag.topic(), grouped(lag.records())));
    section("Consumer lag (markers of transactions count)", lags, out);

    TextTable slots = new TextTable("slot", "active", "bytes behind", "log");
    status
        .slots()
        .forEach(
            slot ->
                slots.row(
                    slot.name(),
                    slot.active() ? "yes" : "no",
                    grouped(slot.lagBytes()),
                    slot.walStatus()));
    section("Replication slots", slots, out);

    TextTable positions = new TextTable("sink", "true to commit", "committed at", "age");
    status
        .positions()
        .forEach(
            position ->
                positions.row(
                    position.sink(),
                    position.commitLsn().orElse(null),
                    position.commitTime().map(Instant::toString).orElse(null),
                    position.age().map(Durations::format).orElse(null)));
    section("Target", positions, out);

    TextTable snapshots = new TextTable("sink", "table", "rows loaded", "of about", "time left");
    status
        .snapshots()
        .forEach(
            snapshot ->
                snapshots.row(
                    snapshot.sink(),
                    snapshot.table(),
                    grouped(snapshot.rows()),
                    snapshot.expected().map(StatusCommand::grouped).orElse(null),
                    snapshot.left().map(Durations::format).orElse(null)));
    section("Snapshot on its way (visible when all of it is there)", snapshots, out);

    TextTable tables = new TextTable("table", "rows");
    status
        .tables()
        .forEach(
            table ->
                tables.row(table.name(), (table.estimated() ? "~" : "") + grouped(table.rows())));
    section("Mirrors and results", tables, out);

    printComparison(status, out);

    out.println("Health: " + status.health().name().toLowerCase(Locale.ROOT));
    status.problems().forEach(problem -> out.println("  ! " + problem.what()));
  }

  private static void printComparison(PipelineStatus status, PrintWriter out) {
    TextTable comparisons =
        new TextTable(
            "table", "state", "rows", "differences", "undecided", "at or after commit", "when");
    status
        .comparisons()
        .forEach(
            one ->
                comparisons.row(
                    one.table(),
                    one.state(),
                    grouped(one.rows()),
                    grouped(one.differences()),
                    grouped(one.undecided()),
                    one.commit().orElse(null),
                    one.comparedAt().truncatedTo(ChronoUnit.SECONDS).toString()));
    section("Compared with the source in the background", comparisons, out);
    status.comparing().ifPresent(doing -> out.println("Comparison: " + doing));
  }

  private static void section(String title, TextTable table, PrintWriter out) {
    if (!table.isEmpty()) {
      out.println(title);
      table.print(out, "  ");
      out.println();
    }
  }

  private static String grouped(long number) {
    return ReconcilePrinter.grouped(number);
  }
}
