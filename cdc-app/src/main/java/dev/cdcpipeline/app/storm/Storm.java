package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.reconcile.OneView;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Machine;
import dev.cdcpipeline.app.storm.check.ListCheck;
import dev.cdcpipeline.app.storm.check.SourceHistory;
import dev.cdcpipeline.app.storm.check.TargetReader;
import dev.cdcpipeline.app.storm.fault.Fault;
import dev.cdcpipeline.app.storm.load.Lulls;
import dev.cdcpipeline.app.storm.load.Sessions;
import dev.cdcpipeline.app.storm.report.StormReport;
import dev.cdcpipeline.app.storm.stage.StormPipeline;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * A pipeline of its own under load and faults, from the first server's start to the last one's end.
 * Rounds are played until the time is over or something is wrong; after each, everything is
 * compared.
 */
final class Storm {
  private static final int READERS = 2;
  private static final Duration SNAPSHOT_LIMIT = Duration.ofMinutes(10);

  private final StormOptions options;
  private final Path data;
  private final IntFunction<Schedule> schedules;
  private final Consumer<String> say;
  private final Lulls lulls = new Lulls();
  private final Findings findings = new Findings();
  private final Instant began = Instant.now();
  private final Map<String, String> skipped = new HashMap<>();

  private Schedule lastSchedule;

  /**
   * @param data where the stack's data go
   * @param schedules the faults of each round, from 1
   * @param say told what happens
   */
  Storm(StormOptions options, Path data, IntFunction<Schedule> schedules, Consumer<String> say) {
    this.options = options;
    this.data = data;
    this.schedules = schedules;
    this.say = say;
  }

  /**
   * Runs it; call it once. Nothing is left running, however it ends.
   *
   * @throws IllegalStateException if the storm itself can't go on, which says nothing of the
   *     pipeline
   */
  StormReport run() throws IOException, SQLException, InterruptedException {
    say.accept("seed %d, on %s".formatted(options.seed(), data));
    try (StormStack stack = StormStack.start(data, options.way())) {
      say.accept("the servers answer");
      return play(stack);
    }
  }

  /** The faults of the round that was played last. */
  Schedule lastSchedule() {
    return lastSchedule;
  }

  private StormReport play(StormStack stack)
      throws IOException, SQLException, InterruptedException {
    for (Fault fault : options.faults()) {
      fault.whyNot(stack).ifPresent(why -> skipped.put(fault.name(), why));
    }
    skipped.forEach((fault, why) -> say.accept("left out: " + fault + ", " + why));
    StormPipeline pipeline = new StormPipeline(stack);
    pipeline.prepareSource();
    pipeline.prepareTarget();
    ListCheck lists = new ListCheck(findings.anomalies());
    List<TargetReader> readers = new CopyOnWriteArrayList<>();
    try (SourceHistory history = SourceHistory.begin(stack);
        Sessions sessions =
            new Sessions(stack, lists, lulls, () -> lag(readers, history), options.seed())) {
      // the first snapshot is read under load
      pipeline.deploy();
      try {
        for (int i = 0; i < READERS; i++) {
          Optional<OneView> results = i == 0 ? Optional.of(pipeline.oneView()) : Optional.empty();
          readers.add(new TargetReader(stack, history, lists, findings.anomalies(), results));
        }
        awaitSnapshot(stack);
        playRounds(
            stack,
            sessions,
            new RoundCheck(stack, history, lists, pipeline, readers, findings, say));
      } finally {
        readers.forEach(TargetReader::close);
      }
      findings.roundOver(findings.rounds());
      return report(history, sessions, readers);
    }
  }

  /** Even seeds let faults begin when the first snapshot is in the target, odd ones before. */
  private void awaitSnapshot(StormStack stack) {
    if (options.seed() % 2 != 0) {
      say.accept("faults begin while the first snapshot is read");
      return;
    }
    if (new Recovery(stack).awaitTarget(SNAPSHOT_LIMIT).isEmpty()) {
      throw new IllegalStateException(
          "the first snapshot did not arrive within " + SNAPSHOT_LIMIT.toSeconds() + " s");
    }
    say.accept("the first snapshot is in the target");
  }

  private void playRounds(StormStack stack, Sessions sessions, RoundCheck check)
      throws SQLException, InterruptedException {
    long end = System.nanoTime() + options.length().toNanos();
    int round = 0;
    do {
      round++;
      lastSchedule = schedules.apply(round).without(skipped.keySet());
      play(stack, sessions, check, lastSchedule, round);
      findings.roundOver(round);
    } while (System.nanoTime() < end && !findings.hasAnomalies());
  }

  private void play(
      StormStack stack, Sessions sessions, RoundCheck check, Schedule schedule, int round)
      throws SQLException, InterruptedException {
    say.accept("round %d: %s".formatted(round, schedule.strikes()));
    Shop shop = new Shop(stack, lulls, options.seed() * 1_000 + round * 10L);
    try {
      new Round(stack, findings, round, say).play(schedule);
    } finally {
      shop.close();
    }
    sessions.requireHealthy();
    sessions.pause();
    try {
      check.run();
    } finally {
      sessions.resume();
    }
    say.accept(
        "round %d: %s"
            .formatted(
                round,
                findings.hasAnomalies()
                    ? findings.anomalies().count() + " ANOMALIES"
                    : "everything is equal"));
    findings
        .anomalies()
        .first()
        .forEach(anomaly -> say.accept("! " + anomaly.kind() + ": " + anomaly.what()));
  }

  /** How far the target is behind, in transactions. */
  private static int lag(List<TargetReader> readers, SourceHistory history) {
    return readers.stream().mapToInt(TargetReader::lag).min().orElse(history.transactions());
  }

  private StormReport report(SourceHistory history, Sessions sessions, List<TargetReader> readers) {
    return new StormReport(
        began,
        Duration.between(began, Instant.now()).toSeconds(),
        options.seed(),
        options.command(),
        Machine.describe(),
        Machine.versions(Distribution.locate().home()),
        options.way().name(),
        options.faults().stream().map(Fault::name).toList(),
        skipped,
        findings.rounds(),
        findings.strikes(),
        history.transactions(),
        sessions.rolledBack(),
        readers.stream().mapToLong(TargetReader::reads).sum(),
        findings.rowsCompared(),
        findings.anomalies().count(),
        findings.findings());
  }
}
