package dev.cdcpipeline.app.storm.load;

import dev.cdcpipeline.app.storm.check.ListCheck;
import dev.cdcpipeline.app.storm.check.ListCheck.Outcome;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;

/** All sessions of a storm. Thread-safe. */
public final class Sessions implements AutoCloseable {
  /** Sessions whose transactions are of every kind. */
  private static final int VARIED = 10;

  /** Sessions of short transactions alone, many at each call. */
  private static final int QUICK = 4;

  /** How many there are. */
  public static final int COUNT = VARIED + QUICK;

  private static final double THINKING_MILLIS = 200;
  private static final double LONGEST_MILLIS = 5_000;

  /**
   * So many transactions behind, sessions think twice as long: what a pipeline misses that is down
   * for some seconds. With more, a slow machine works off a backlog most of the time, and few
   * faults meet a pipeline that works.
   */
  private static final double LAG = 1_000;

  private final SourceGate gate = new SourceGate();
  private final StormLists lists = new StormLists();
  private final AtomicLong committed = new AtomicLong();
  private final AtomicLong rolledBack = new AtomicLong();
  private final AtomicLong unknown = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Handover handover = new Handover();
  private final Lulls lulls;
  private final IntSupplier lag;
  private volatile boolean stopped;

  /**
   * Starts them.
   *
   * @param lulls when they rest
   * @param lag how many transactions the target is behind: the more, the slower they are
   * @param seed of all their choices
   */
  public Sessions(StormStack stack, ListCheck lists, Lulls lulls, IntSupplier lag, long seed) {
    this.lulls = lulls;
    this.lag = lag;
    Works works = new Works();
    for (int i = 1; i <= COUNT; i++) {
      Session session =
          new Session(this, stack, lists, works, i, i > VARIED, new Random(seed * 1_000_003L + i));
      Thread thread = new Thread(session, "storm-session-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  SourceGate gate() {
    return gate;
  }

  Lulls lulls() {
    return lulls;
  }

  Handover handover() {
    return handover;
  }

  StormLists lists() {
    return lists;
  }

  boolean isStopped() {
    return stopped;
  }

  /**
   * How long a session waits for its next transaction: hardly longer while the target is a little
   * behind, and much longer when that becomes much, so that a pipeline that is down, or a machine
   * that is slow, does not get a backlog without an end.
   */
  Duration thinking(RandomGenerator random) {
    double slower = 1 + Math.pow(lag.getAsInt() / LAG, 2);
    double millis = Math.min(THINKING_MILLIS * slower, LONGEST_MILLIS);
    return Duration.ofNanos((long) (millis * 1e6 * random.nextDouble()));
  }

  void ended(Outcome outcome) {
    switch (outcome) {
      case COMMITTED -> committed.incrementAndGet();
      case ABORTED -> rolledBack.incrementAndGet();
      case UNKNOWN -> unknown.incrementAndGet();
    }
  }

  void failed(int session, Exception e) {
    failure.compareAndSet(null, new IllegalStateException("session " + session + ": " + e, e));
  }

  /** Waits until no session has a transaction open, and lets none begin. */
  public void pause() {
    gate.close();
  }

  /** Lets them go on; by the thread that paused them. */
  public void resume() {
    gate.open();
  }

  /**
   * Fails if a session had to give up: what the source said to it was none of what faults explain.
   */
  public void requireHealthy() {
    if (failure.get() != null) {
      throw new IllegalStateException(
          "the storm's own load failed: " + failure.get().getMessage(), failure.get());
    }
  }

  /** Transactions of sessions that were committed. */
  public long committed() {
    return committed.get();
  }

  /** Transactions of sessions that were rolled back. */
  public long rolledBack() {
    return rolledBack.get();
  }

  /** Lets each session end its transaction. */
  @Override
  public void close() {
    stopped = true;
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join(TimeUnit.SECONDS.toMillis(10));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
