package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.app.reconcile.OneView;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks at the target again and again, several tables in one transaction, and has each view
 * checked. A target that is away is looked at again later.
 */
public final class TargetReader implements AutoCloseable {
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration AWAY_PAUSE = Duration.ofMillis(200);

  /** Looking costs the target's processor, which the pipeline needs. */
  private static final int PAUSES = 8;

  private static final long BETWEEN_RESULTS = Duration.ofSeconds(10).toNanos();
  private static final int WAITING = 1_000;

  private final StormStack stack;
  private final SourceHistory history;
  private final ViewCheck check;
  private final ListCheck lists;
  private final Anomalies anomalies;
  private final Optional<OneView> results;
  private final Queue<TargetView> unchecked = new ArrayDeque<>();
  private final AtomicLong reads = new AtomicLong();
  private final Thread thread;
  private volatile int seen;
  private volatile long logFrom;
  private volatile boolean closed;

  /**
   * Begins to look.
   *
   * @param results also compared with the mirrors of the same view, now and then
   */
  public TargetReader(
      StormStack stack,
      SourceHistory history,
      ListCheck lists,
      Anomalies anomalies,
      Optional<OneView> results) {
    this.stack = stack;
    this.history = history;
    this.check = new ViewCheck(history, anomalies);
    this.lists = lists;
    this.anomalies = anomalies;
    this.results = results;
    this.thread = new Thread(this::run, "storm-reader");
    thread.setDaemon(true);
    thread.start();
  }

  /** Views checked so far. */
  public long reads() {
    return reads.get();
  }

  /** How many transactions the source has committed since the one that was seen last. */
  public int lag() {
    return history.transactions() - seen;
  }

  /** Lets views leave out the log's events up to one: none is of a transaction in the audit. */
  public void lookAtLogAfter(long event) {
    logFrom = event;
  }

  private void run() {
    boolean any = false;
    long compared = System.nanoTime() - BETWEEN_RESULTS;
    while (!closed) {
      try (Connection target = stack.targetAsSuperuser()) {
        prepare(target);
        while (!closed) {
          long begin = System.nanoTime();
          Optional<TargetView> view = TargetView.of(target, history.tables(), logFrom);
          if (view.isPresent() && results.isPresent() && begin - compared > BETWEEN_RESULTS) {
            compareResults(target, results.get(), view.get());
            compared = System.nanoTime();
          }
          target.rollback();
          view.ifPresent(this::accept);
          any |= view.isPresent();
          long took = System.nanoTime() - begin;
          LockSupport.parkNanos(pauseAfter(took));
        }
      } catch (SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        boolean away = state.startsWith("08") || state.startsWith("57") || state.startsWith("53");
        boolean notThereYet = !any && (state.startsWith("42") || state.startsWith("3F"));
        if (!away && !notThereYet) {
          anomalies.add("read", "a read of the target failed: SQLSTATE " + state + ", " + e);
        }
        LockSupport.parkNanos(AWAY_PAUSE.toNanos());
      } catch (RuntimeException e) {
        anomalies.add("read", "a view could not be checked: " + e);
        return;
      }
    }
  }

  private static long pauseAfter(long took) {
    return Math.min(Math.max(SHORTEST_PAUSE.toNanos(), PAUSES * took), LONGEST_PAUSE.toNanos());
  }

  private void compareResults(Connection target, OneView view, TargetView at) throws SQLException {
    view.differences(target)
        .forEach(
            difference ->
                anomalies.add(
                    "result",
                    "at commit %s a result is not that of the mirrors beside it: %s"
                        .formatted(at.lsn(), difference)));
  }

  private static void prepare(Connection target) throws SQLException {
    target.setReadOnly(true);
    target.setAutoCommit(false);
    target.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    Query.of("SET SESSION search_path = mirror, analytics").run(target);
    target.commit();
  }

  private void accept(TargetView view) {
    lists.read(view.lists());
    unchecked.add(view);
    if (unchecked.size() > WAITING) {
      throw new IllegalStateException(
          "%d views wait for the source's history, which is at %s"
              .formatted(unchecked.size(), check.historyReached()));
    }
    checkWaiting();
  }

  private void checkWaiting() {
    while (!unchecked.isEmpty() && check.isReady(unchecked.peek())) {
      seen = check.check(unchecked.remove());
      reads.incrementAndGet();
    }
  }

  /** Looks no more, and checks what was seen. */
  @Override
  public void close() {
    closed = true;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(100));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!unchecked.isEmpty() && System.nanoTime() < deadline) {
      checkWaiting();
      LockSupport.parkNanos(SHORTEST_PAUSE.toNanos());
    }
    if (!unchecked.isEmpty()) {
      anomalies.add(
          "read",
          "%d views could not be checked: the first names commit %s, the source's history is at %s"
              .formatted(unchecked.size(), unchecked.peek().lsn(), check.historyReached()));
    }
  }
}
