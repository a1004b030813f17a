package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/**
 * Starts pieces that died, and connectors that failed, again: at once the first time, then after
 * growing pauses.
 *
 * <p>It never gives up: each death and each try is told to the listener, and a person decides.
 */
final class Supervisor implements AutoCloseable {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration QUIET = Duration.ofMinutes(2);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
  private static final Duration BETWEEN_LOOKS_AT_KAFKA = Duration.ofSeconds(15);
  private static final Duration BETWEEN_HEALTH_CHECKS = Duration.ofSeconds(5);

  /** So many in a row are no passing fault. */
  private static final int COMPLAINTS = 3;

  private final StackListener listener;
  private final ConnectorRepair repair;
  private final ScheduledExecutorService timer;
  private final Duration betweenHealthChecks;
  private final Map<Service, BackOff> pieces = new EnumMap<>(Service.class);

  Supervisor(StackListener listener, ConnectClient connect) {
    this(listener, connect, BETWEEN_HEALTH_CHECKS);
  }

  Supervisor(StackListener listener, ConnectClient connect, Duration betweenHealthChecks) {
    this.betweenHealthChecks = betweenHealthChecks;
    this.listener = listener;
    this.repair = new ConnectorRepair(connect, listener);
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            Service.values().length,
            task -> {
              Thread thread = new Thread(task, "stack-supervisor");
              thread.setDaemon(true);
              return thread;
            });
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.timer = executor;
  }

  private static BackOff newBackOff() {
    return new BackOff(FIRST_PAUSE, LONGEST_PAUSE, QUIET);
  }

  /** Begins to look after the connectors. */
  void watchConnectors() {
    // runs until the timer is shut down
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(
            this::lookAtConnectors,
            BETWEEN_LOOKS.toMillis(),
            BETWEEN_LOOKS.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /**
   * Begins to look after pieces that run and no longer work: one that says so several times in a
   * row is killed, and so started again.
   */
  void watch(Collection<RunningPiece> running) {
    Map<Service, Integer> complaints = new EnumMap<>(Service.class);
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(
            () -> running.forEach(piece -> lookAt(piece, complaints)),
            betweenHealthChecks.toMillis(),
            betweenHealthChecks.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Begins to look for transactions on Kafka that nobody will end. */
  void watchTransactions(Map<String, Object> kafkaClient) {
    HangingTransactions transactions = new HangingTransactions(listener::progress);
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(
            () -> lookAt(transactions, kafkaClient),
            BETWEEN_LOOKS_AT_KAFKA.toMillis(),
            BETWEEN_LOOKS_AT_KAFKA.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static void lookAt(HangingTransactions transactions, Map<String, Object> kafkaClient) {
    try (Admin admin = Admin.create(kafkaClient)) {
      transactions.look(admin);
    } catch (ExecutionException | KafkaException e) {
      // the broker is away: look again later
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookAt(RunningPiece piece, Map<Service, Integer> complaints) {
    if (!piece.isBroken()) {
      complaints.remove(piece.service());
    } else if (complaints.merge(piece.service(), 1, Integer::sum) >= COMPLAINTS) {
      complaints.remove(piece.service());
      listener.progress(
          "the %s is in a state that only a new start ends; killing it, so that it starts again"
              .formatted(piece.service().title()));
      piece.kill();
    }
  }

  /** Has a piece that died started again after a pause. */
  void restart(RunningPiece piece) {
    Duration pause;
    synchronized (pieces) {
      pause =
          pieces.computeIfAbsent(piece.service(), service -> newBackOff()).next(System.nanoTime());
    }
    listener.restarting(piece.service(), pause);
    try {
      ScheduledFuture<?> unused =
          timer.schedule(() -> tryStart(piece), pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // being closed: what died may stay dead
      return;
    }
  }

  private void tryStart(RunningPiece piece) {
    try {
      piece.start();
    } catch (RuntimeException e) {
      if (!timer.isShutdown()) {
        listener.died(piece.service(), e.getMessage());
        restart(piece);
      }
    }
  }

  private void lookAtConnectors() {
    try {
      repair.look();
    } catch (IOException e) {
      // the worker is away or busy with a rebalance: look again later
      return;
    }
  }

  /** Ends supervision; a start in progress is not waited for. */
  @Override
  public void close() {
    timer.shutdown();
  }
}
