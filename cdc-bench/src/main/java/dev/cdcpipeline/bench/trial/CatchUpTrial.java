package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import dev.cdcpipeline.bench.trial.SourceDrain.Drained;
import dev.cdcpipeline.model.event.Lsn;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A backlog of small transactions: how fast the source connector brings it to Kafka while the sink
 * is away, then how fast the sink brings it into the target with all results on.
 */
public final class CatchUpTrial implements Trial {
  private static final long PAUSE_NANOS = 10_000_000L;
  private static final long LIMIT_NANOS = 600_000_000_000L;
  private static final int CHECK_EVERY = 100;

  @Override
  public String name() {
    return "catchup";
  }

  /**
   * One backlog carried through.
   *
   * @param fromResume changes a second from the moment the sink was let go on, with its start
   * @param applying changes a second from its first commit to its last
   */
  record Run(double drained, double fromResume, double applying, long changes) {}

  @Override
  public Outcome run(Bench bench) throws Exception {
    RunningWay way = bench.running(Way.TABLE);
    List<Run> runs = new ArrayList<>();
    carry(bench, way, bench.effort(60_000, 200_000));
    for (int run = 1; run <= bench.effort(2, 3); run++) {
      runs.add(carry(bench, way, bench.effort(120_000, 600_000)));
    }
    Measured drained = new Measured("changes/s", runs.stream().map(Run::drained).toList());
    Measured fromResume = new Measured("changes/s", runs.stream().map(Run::fromResume).toList());
    Measured applying = new Measured("changes/s", runs.stream().map(Run::applying).toList());
    long changes = runs.get(0).changes();
    Table table =
        new Table(
            "A backlog of %,d changes in transactions of six".formatted(changes),
            "part",
            "changes/s");
    table.row("source connector: log → Kafka, the sink away", drained);
    table.row("sink: Kafka → four mirrors and all results", applying);
    table.row("sink, counted from the order to go on", fromResume);
    return bench.outcome(
        name(),
        "Catch-up, table way: a backlog after the source connector and then the sink were away",
        List.of(
            "Both connectors are stopped and a backlog is committed at the source: what a shop"
                + " with "
                + changes / 600
                + " changes a second does in ten minutes. The source connector goes on alone and"
                + " is timed by a consumer that reads committed records, from the first arrival to"
                + " the last; the sink then goes on alone and is timed by the commit that"
                + " the target says it is true to. A smaller backlog goes first to warm up."),
        List.of(table),
        List.of(),
        List.of(
            Goal.atLeast("source drain", 25_000, drained),
            Goal.atLeast("catch-up of the sink", 40_000, applying)));
  }

  /** Carries one backlog through both connectors, one after the other. */
  static Run carry(Bench bench, RunningWay way, int backlog) throws IOException, SQLException {
    Connectors connectors = way.connectors();
    way.awaitArrival();
    connectors.stop(RunningWay.SINK_CONNECTOR);
    connectors.stop(RunningWay.SOURCE_CONNECTOR);
    Lsn begin = way.sourceEnd();
    long changes = way.rows().addBacklog(backlog);
    Lsn end = TargetProgress.mark(way.endpoints().sourceJdbcUrl());
    Drained drained;
    try (SourceDrain drain = new SourceDrain(way.endpoints())) {
      connectors.resume(RunningWay.SOURCE_CONNECTOR);
      drained = drain.await(changes);
    }
    bench.say("source: %,d changes, %,.0f/s", changes, drained.perSecond());
    Run run = follow(way, begin, end, changes, drained);
    bench.say("sink: %,.0f changes/s, with its start %,.0f", run.applying(), run.fromResume());
    return run;
  }

  private static Run follow(RunningWay way, Lsn begin, Lsn end, long changes, Drained drained)
      throws IOException, SQLException {
    long resumed = System.nanoTime();
    way.connectors().resume(RunningWay.SINK_CONNECTOR);
    long first = 0;
    double withTheFirst = 0;
    try (Connection target = way.target()) {
      for (int look = 1; ; look++) {
        Optional<Lsn> position = TargetProgress.position(target);
        long now = System.nanoTime();
        if (first == 0 && position.isPresent() && position.get().compareTo(begin) > 0) {
          first = now;
          withTheFirst = share(begin, position.get(), end);
        }
        if (position.isPresent() && position.get().compareTo(end) >= 0) {
          return new Run(
              drained.perSecond(),
              changes / ((now - resumed) / 1e9),
              changes * (1 - withTheFirst) / ((now - first) / 1e9),
              changes);
        }
        if (look % CHECK_EVERY == 0) {
          way.connectors().check(RunningWay.SINK_CONNECTOR);
        }
        if (now - resumed > LIMIT_NANOS || Thread.currentThread().isInterrupted()) {
          throw new IOException("the sink did not catch up within ten minutes: at " + position);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** Which part of the backlog's log a position has behind it. */
  private static double share(Lsn begin, Lsn position, Lsn end) {
    return Math.min(1, (double) (position.value() - begin.value()) / (end.value() - begin.value()));
  }
}
