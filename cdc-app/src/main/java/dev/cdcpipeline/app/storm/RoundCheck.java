package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.reconcile.ReconcileException;
import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.Reconciliation;
import dev.cdcpipeline.app.reconcile.TableComparison;
import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.storm.check.ListCheck;
import dev.cdcpipeline.app.storm.check.LogCheck;
import dev.cdcpipeline.app.storm.check.SourceHistory;
import dev.cdcpipeline.app.storm.check.TargetReader;
import dev.cdcpipeline.app.storm.stage.StormPipeline;
import dev.cdcpipeline.app.storm.stage.StormStack;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Compares everything while nobody writes: after each round, when all has arrived. */
final class RoundCheck {
  private static final Duration ARRIVAL_LIMIT = Duration.ofMinutes(10);
  private static final Duration SHORT_LIMIT = Duration.ofSeconds(20);
  private static final Duration HISTORY_LIMIT = Duration.ofMinutes(2);
  private static final long LOOK_NANOS = 50_000_000L;
  private static final int SHOWN = 3;

  private final StormStack stack;
  private final SourceHistory history;
  private final ListCheck lists;
  private final LogCheck log;
  private final StormPipeline pipeline;
  private final List<TargetReader> readers;
  private final Findings findings;
  private final Consumer<String> say;
  private int lastPruned;

  RoundCheck(
      StormStack stack,
      SourceHistory history,
      ListCheck lists,
      StormPipeline pipeline,
      List<TargetReader> readers,
      Findings findings,
      Consumer<String> say) {
    this.stack = stack;
    this.history = history;
    this.lists = lists;
    this.log = new LogCheck(history, findings.anomalies());
    this.pipeline = pipeline;
    this.readers = readers;
    this.findings = findings;
    this.say = say;
  }

  /** Compares; what differs is an anomaly. */
  void run() throws SQLException {
    try {
      Lsn place = TargetProgress.mark(stack.endpoints().sourceJdbcUrl());
      // what has failed already need not be waited for that long
      Duration limit = findings.hasAnomalies() ? SHORT_LIMIT : ARRIVAL_LIMIT;
      TargetProgress.await(stack.endpoints().targetJdbcUrl(), place, limit, quiet -> {});
      awaitHistory(place);
      try (Connection target = stack.targetAsSuperuser()) {
        int transactions = log.check(target);
        lists.judge(lists(target));
        say.accept("%,d transactions compared".formatted(transactions));
      }
      reconcile();
      if (!findings.hasAnomalies()) {
        prune();
      }
    } catch (ReconcileException e) {
      findings.anomalies().add("arrival", e.getMessage());
    }
  }

  /** Everything was compared: none of it need be looked at again. */
  private void prune() throws SQLException {
    pipeline.prune();
    Lsn place = TargetProgress.mark(stack.endpoints().sourceJdbcUrl());
    TargetProgress.await(stack.endpoints().targetJdbcUrl(), place, ARRIVAL_LIMIT, quiet -> {});
    readers.forEach(reader -> reader.lookAtLogAfter(log.lastEvent()));
    history.forgetBefore(lastPruned);
    // views that were just looked at may be of commits before this one, none is of an older one
    lastPruned = log.lastCommit();
  }

  private void awaitHistory(Lsn place) {
    long deadline = System.nanoTime() + HISTORY_LIMIT.toNanos();
    while (history.reached().compareTo(place) < 0) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "the storm's own history is at %s, wanted %s".formatted(history.reached(), place));
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private static Map<Integer, String> lists(Connection target) throws SQLException {
    Map<Integer, String> lists = new HashMap<>();
    Query.of("SELECT list_id, elements FROM mirror.storm_lists")
        .forEach(target, row -> lists.put(row.getInt(1), row.getString(2)));
    return lists;
  }

  private void reconcile() {
    ReconcileReport report =
        new Reconciliation(
                new Reconciliation.Options(
                    stack.endpoints().sourceJdbcUrl(),
                    stack.endpoints().targetJdbcUrl(),
                    Optional.of(pipeline.results()),
                    findings.hasAnomalies() ? SHORT_LIMIT : ARRIVAL_LIMIT,
                    SHOWN,
                    true,
                    stack.way()),
                quiet -> {})
            .run();
    findings.compared(report.rows());
    for (TableComparison table : report.tables()) {
      if (table.differences() > 0) {
        findings
            .anomalies()
            .add(
                "unequal",
                "%s: %d of %d rows are not the source's, the first %s"
                    .formatted(table.name(), table.differences(), table.rows(), table.first()));
      }
    }
  }
}
