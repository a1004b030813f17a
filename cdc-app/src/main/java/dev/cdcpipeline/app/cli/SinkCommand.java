package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.monitor.TopicEnds;
import dev.cdcpipeline.app.monitor.TopicEnds.End;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.ledger.LedgerAdmin;
import dev.cdcpipeline.sink.ledger.LedgerAdmin.Restart;
import dev.cdcpipeline.sink.ledger.LedgerAdmin.Sink;
import dev.cdcpipeline.sink.ledger.LedgerEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc sink}: the sinks' ledgers in the target. */
@Command(
    name = "sink",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the ledgers of the sinks in the target: which offset of which partition is next, and"
          + " which source commit the target is true to. Resets one, so that its sink starts over"
          + " when topics were deleted or records are gone; drops one whose connector is gone."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "2:not done: the target or Kafka does not answer, the sink is running, or --yes is missing"
    },
    footer = {
      "",
      "Example:",
      "  cdc sink show",
      "  cdc sink reset analytics        says what it would do",
      "  cdc sink drop old --yes"
    })
final class SinkCommand {

  private static final String LEDGER_SCHEMA = "cdc";

  @Spec private CommandSpec spec;

  /** Where a sink reads from after a reset. */
  enum From {
    /** After what the topics hold now; a new snapshot follows. */
    END,
    /** All that the topics still hold, once more. */
    BEGINNING
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows the ledger of every sink, or of one.")
  int show(
      @Parameters(paramLabel = "NAME", arity = "0..1", description = "the sink") String name,
      @Mixin PipelineOptions pipeline)
      throws SQLException {
    try (Connection target = DriverManager.getConnection(pipeline.targetUrl())) {
      target.setAutoCommit(false);
      List<Sink> sinks = new LedgerAdmin(target, LEDGER_SCHEMA).sinks();
      if (name != null) {
        sinks = List.of(named(sinks, name));
      }
      if (sinks.isEmpty()) {
        out().println("no sink has written to this target");
      }
      sinks.forEach(this::print);
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "reset",
      mixinStandardHelpOptions = true,
      description =
          "Makes a sink read from elsewhere at its next start. Stop its connector first. Without"
              + " --yes it only says what would change.")
  int reset(
      @Parameters(paramLabel = "NAME", description = "the sink, as sink.name in its connector")
          String name,
      @Option(
              names = "--topic",
              paramLabel = "TOPIC",
              description = "only these topics; else all of them, and the source position")
          Set<String> topics,
      @Option(
              names = "--from",
              paramLabel = "PLACE",
              defaultValue = "end",
              description =
                  "end: after what the topics hold now, for a new snapshot to follow; beginning:"
                      + " all that they still hold (default: ${DEFAULT-VALUE})")
          From from,
      @Option(names = "--yes", description = "do it") boolean yes,
      @Mixin PipelineOptions pipeline)
      throws SQLException, IOException {
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      target.setAutoCommit(false);
      LedgerAdmin admin = new LedgerAdmin(target, LEDGER_SCHEMA);
      Sink sink = named(admin.sinks(), name);
      List<LedgerEntry> entries = chosen(sink, topics);
      List<Restart> restarts =
          from == From.END ? fromEnds(entries, pipeline) : fromBeginnings(entries);
      boolean wholly = topics == null;
      explain(entries, restarts);
      out().println(consequences(from, wholly, sink.position().isPresent()));
      out().println();
      requireStopped(admin, name, "Stop its connector first: PUT /connectors/<its name>/stop");
      if (!yes) {
        out().println("Nothing was changed. Add --yes to do it.");
        return ExitCodes.NOT_DONE;
      }
      int changed = admin.reset(name, restarts, wholly);
      out().println("Done: %d partitions of sink %s were reset.".formatted(changed, name));
      return ExitCodes.OK;
    }
  }

  @Command(
      name = "drop",
      mixinStandardHelpOptions = true,
      description =
          "Removes the ledger that a deleted connector has left: its offsets, its position and a"
              + " snapshot that it was loading. Mirrors and results stay. Without --yes it only"
              + " says what would change.")
  int drop(
      @Parameters(paramLabel = "NAME", description = "the sink, as sink.name in its connector")
          String name,
      @Option(names = "--yes", description = "do it") boolean yes,
      @Mixin PipelineOptions pipeline)
      throws SQLException {
    try (Connection target = DriverManager.getConnection(pipeline.sinkUrl())) {
      target.setAutoCommit(false);
      LedgerAdmin admin = new LedgerAdmin(target, LEDGER_SCHEMA);
      print(named(admin.sinks(), name));
      out()
          .println(
              "A connector with this name reads all that its topics still hold when it starts"
                  + " again.");
      requireStopped(admin, name, "Delete its connector first: DELETE /connectors/<its name>");
      if (!yes) {
        out().println("Nothing was changed. Add --yes to do it.");
        return ExitCodes.NOT_DONE;
      }
      int partitions = admin.drop(name);
      out().println("Done: sink %s and its %d partitions are gone.".formatted(name, partitions));
      return ExitCodes.OK;
    }
  }

  private static void requireStopped(LedgerAdmin admin, String name, String first) {
    List<String> sessions = admin.sessions(name);
    if (!sessions.isEmpty()) {
      throw new CommandException(
          "sink %s is running: it is connected to the target (%s). %s on Connect's REST API"
              .formatted(name, String.join(", ", sessions), first));
    }
  }

  private static Sink named(List<Sink> sinks, String name) {
    return sinks.stream()
        .filter(sink -> sink.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    "there is no sink %s in this target; there are %s"
                        .formatted(name, sinks.stream().map(Sink::name).toList())));
  }

  private static List<LedgerEntry> chosen(Sink sink, Set<String> topics) {
    if (topics == null) {
      return sink.entries();
    }
    Set<String> known =
        sink.entries().stream()
            .map(entry -> entry.partition().topic())
            .collect(Collectors.toCollection(TreeSet::new));
    for (String topic : topics) {
      if (!known.contains(topic)) {
        throw new CommandException(
            "sink %s has nothing of topic %s in its ledger; it has %s"
                .formatted(sink.name(), topic, known));
      }
    }
    return sink.entries().stream()
        .filter(entry -> topics.contains(entry.partition().topic()))
        .toList();
  }

  private static List<Restart> fromBeginnings(List<LedgerEntry> entries) {
    return entries.stream().map(entry -> new Restart(entry.partition(), null, null)).toList();
  }

  private static List<Restart> fromEnds(List<LedgerEntry> entries, PipelineOptions pipeline)
      throws IOException {
    Endpoints endpoints = pipeline.endpoints();
    if (endpoints.bootstrapServers() == null) {
      throw new CommandException(
          "--bootstrap-servers is needed to see where the topics end, or --from beginning");
    }
    Map<TopicPartition, End> ends =
        TopicEnds.read(
            endpoints,
            entries.stream().map(entry -> entry.partition().topic()).distinct().toList());
    List<Restart> restarts = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      PartitionId partition = entry.partition();
      End end = ends.get(new TopicPartition(partition.topic(), partition.partition()));
      restarts.add(
          end == null
              ? new Restart(partition, null, null)
              : new Restart(partition, end.topicId(), end.offset()));
    }
    return restarts;
  }

  private void explain(List<LedgerEntry> entries, List<Restart> restarts) {
    TextTable table = new TextTable("topic", "partition", "next is", "next becomes");
    for (int i = 0; i < entries.size(); i++) {
      table.row(
          entries.get(i).partition().topic(),
          Integer.toString(entries.get(i).partition().partition()),
          next(entries.get(i)),
          restarts.get(i).nextOffset() == null
              ? "beginning"
              : restarts.get(i).nextOffset().toString());
    }
    table.print(out());
    out().println();
  }

  private static String consequences(From from, boolean wholly, boolean transactional) {
    if (!transactional) {
      return from == From.END
          ? "The sink skips what these topics hold now."
          : "The sink reads all that these topics still hold again: rows that are upserted do not"
              + " change by it; a table that is\nappended to gets them twice, so empty it first.";
    }
    if (!wholly) {
      return "The source position stays: changes of transactions that were applied are dropped as"
          + " repeats.\n"
          + (from == From.END
              ? "What these topics hold now is skipped; a transaction that lacks changes because of"
                  + " it stops the sink."
              : "What these topics still hold is read again.");
    }
    return from == From.END
        ? "The sink skips what the topics hold now and waits for a snapshot, which the source"
            + " connector has to take anew.\nMirrors and results keep their rows until it is read;"
            + " then each row that differs is corrected, and those\nthat are gone at the source"
            + " are deleted. Changes that are skipped are in no log (order_events)."
        : "The sink reads all that the topics still hold again. This is right only if they hold"
            + " everything from a\nsnapshot on. Mirrors and results step back and catch up; a log"
            + " (order_events) gets an event for each\nrow in which that snapshot differs from"
            + " what is known.";
  }

  private void print(Sink sink) {
    out().println("Sink " + sink.name());
    sink.position()
        .ifPresentOrElse(
            position ->
                out()
                    .println(
                        "  true to commit %s of %s"
                            .formatted(
                                position.commitLsn(),
                                Instant.EPOCH.plusNanos(position.commitTimeMicros() * 1_000))),
            () -> out().println("  no source position"));
    sink.snapshot()
        .ifPresent(snapshot -> out().println("  loading the snapshot at " + snapshot.lsn()));
    TextTable table = new TextTable("topic", "partition", "next", "epoch", "commit time");
    for (LedgerEntry entry : sink.entries()) {
      table.row(
          entry.partition().topic(),
          Integer.toString(entry.partition().partition()),
          next(entry),
          Long.toString(entry.epoch()),
          entry.commitTime() == null ? "" : entry.commitTime().toString());
    }
    table.print(out());
    out().println();
  }

  private static String next(LedgerEntry entry) {
    return entry.nextOffset().isPresent()
        ? Long.toString(entry.nextOffset().getAsLong())
        : "beginning";
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
