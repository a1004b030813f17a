package dev.cdcpipeline.app.simulate;

import dev.cdcpipeline.app.simulate.TransactionRunner.Outcome;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Plays a shop's life on the source database, on several connections at once, at a steady rate.
 *
 * <p>Runs once. {@link #report} and {@link #stop} may be called from any thread.
 */
public final class Simulator {

  private static final int QUEUED_PER_CONNECTION = 16;

  private final TransactionRunner.Connector connector;
  private final SimulationOptions options;
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicLong changes = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong retried = new AtomicLong();
  private final Map<Activity, AtomicLong> byActivity = new EnumMap<>(Activity.class);
  private final AtomicReference<Throwable> fault = new AtomicReference<>();
  private volatile Pacer pacer;
  private volatile long elapsedNanos = -1;
  private volatile boolean stopping;

  /**
   * @param sourceJdbcUrl the source, with user and password of a role that may write the shop's
   *     tables
   */
  public Simulator(String sourceJdbcUrl, SimulationOptions options) {
    this.options = options;
    this.connector = () -> DriverManager.getConnection(sourceJdbcUrl, connectionProperties());
    for (Activity activity : Activity.values()) {
      byActivity.put(activity, new AtomicLong());
    }
  }

  private static Properties connectionProperties() {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "cdc simulate");
    properties.setProperty("connectTimeout", "5");
    return properties;
  }

  /**
   * Runs until the duration is over, the number of transactions is reached or {@link #stop} is
   * called; then everything started is committed.
   *
   * @throws SimulationException the source is away and does not come back, or is not the shop
   */
  public SimulationReport run() {
    try (Connection planning = connector.open()) {
      ActivityGenerator generator =
          new ActivityGenerator(
              options.seed(), ShopModel.load(planning), new SequenceIds(planning));
      pacer = new Pacer(options.perSecond(), System::nanoTime, LockSupport::parkNanos);
      play(generator);
    } catch (SQLException e) {
      throw SimulationException.of("cannot connect to the source", e);
    }
    elapsedNanos = pacer.elapsedNanos();
    return report();
  }

  /** Starts no more transactions. */
  public void stop() {
    stopping = true;
  }

  /** What has been done so far. */
  public SimulationReport report() {
    Map<Activity, Long> counts = new EnumMap<>(Activity.class);
    byActivity.forEach((activity, count) -> counts.put(activity, count.get()));
    long nanos = elapsedNanos >= 0 ? elapsedNanos : pacer == null ? 0 : pacer.elapsedNanos();
    return new SimulationReport(
        transactions.get(),
        changes.get(),
        failed.get(),
        retried.get(),
        Duration.ofNanos(nanos),
        counts);
  }

  private void play(ActivityGenerator generator) {
    int connections = options.connections();
    ExecutorService workers = Executors.newFixedThreadPool(connections, Simulator::daemon);
    Queue<TransactionRunner> idle = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < connections; i++) {
      idle.add(new TransactionRunner(connector, LockSupport::parkNanos));
    }
    // Bounds what is planned ahead when the database is slower than the rate.
    Semaphore slots = new Semaphore(connections * QUEUED_PER_CONNECTION);
    TransactionOrder order = new TransactionOrder();
    try {
      long durationNanos = options.duration().toNanos();
      for (long number = 0; number < options.transactions() && fault.get() == null; number++) {
        pacer.await(number);
        if (stopping
            || Thread.currentThread().isInterrupted()
            || pacer.elapsedNanos() >= durationNanos) {
          break;
        }
        slots.acquireUninterruptibly();
        ShopTransaction transaction = generator.next();
        CompletableFuture<Void> done =
            order
                .before(transaction)
                .thenRunAsync(() -> run(transaction, idle), workers)
                .whenComplete((unused, failure) -> finish(failure, slots));
        order.add(transaction, done);
      }
      slots.acquireUninterruptibly(connections * QUEUED_PER_CONNECTION);
    } finally {
      workers.shutdown();
      idle.forEach(TransactionRunner::close);
    }
    Throwable thrown = fault.get();
    if (thrown instanceof SimulationException known) {
      throw known;
    } else if (thrown != null) {
      throw new SimulationException("the simulation failed: " + thrown, thrown);
    }
  }

  private void run(ShopTransaction transaction, Queue<TransactionRunner> idle) {
    TransactionRunner runner = idle.remove();
    try {
      Outcome outcome = runner.run(transaction);
      retried.addAndGet(outcome.retries());
      if (outcome.committed()) {
        transactions.incrementAndGet();
        changes.addAndGet(outcome.changes());
        byActivity.get(transaction.activity()).incrementAndGet();
      } else {
        failed.incrementAndGet();
      }
    } finally {
      idle.add(runner);
    }
  }

  private void finish(Throwable failure, Semaphore slots) {
    if (failure != null) {
      fault.compareAndSet(
          null, failure instanceof CompletionException ? failure.getCause() : failure);
    }
    slots.release();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "cdc-simulate");
    thread.setDaemon(true);
    return thread;
  }
}
