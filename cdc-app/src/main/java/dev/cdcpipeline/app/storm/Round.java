package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.storm.Schedule.Strike;
import dev.cdcpipeline.app.storm.report.FaultRecord;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Lets the faults of one round happen, each at its time, and waits until all are survived. */
final class Round {
  private static final Duration RECOVERY_LIMIT = Duration.ofMinutes(10);
  private static final int AT_ONCE = 12;

  private final StormStack stack;
  private final Findings findings;
  private final int number;
  private final Consumer<String> say;

  Round(StormStack stack, Findings findings, int number, Consumer<String> say) {
    this.stack = stack;
    this.findings = findings;
    this.number = number;
    this.say = say;
  }

  /**
   * Plays a schedule to its end.
   *
   * @throws IllegalStateException if a fault could not happen
   */
  void play(Schedule schedule) throws InterruptedException {
    ScheduledExecutorService threads = Executors.newScheduledThreadPool(AT_ONCE);
    try {
      List<Future<?>> playing = new ArrayList<>();
      for (Strike strike : schedule.strikes()) {
        playing.add(
            threads.schedule(() -> strike(strike), strike.at().toMillis(), TimeUnit.MILLISECONDS));
      }
      for (Future<?> one : playing) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a fault could not happen: " + e.getCause(), e.getCause());
    } finally {
      threads.shutdownNow();
      stack.restoreLinks();
    }
  }

  private Void strike(Strike strike) throws Exception {
    Instant at = Instant.now();
    long begin = System.nanoTime();
    String detail = strike.fault().strike(stack, new Random(strike.seed()));
    Duration lasted = Duration.ofNanos(System.nanoTime() - begin);
    say.accept(
        "%s: %s%s"
            .formatted(
                strike.fault().name(),
                detail,
                lasted.toMillis() < 500 ? "" : " for " + seconds(lasted)));
    Optional<Duration> recovered = new Recovery(stack).await(RECOVERY_LIMIT);
    if (Thread.interrupted()) {
      // the round was broken off, which says nothing of the pipeline
      throw new InterruptedException("waiting for the recovery from " + strike.fault().name());
    }
    if (recovered.isEmpty()) {
      findings
          .anomalies()
          .add(
              "recovery",
              "the pipeline did not recover from %s (%s) within %s"
                  .formatted(strike.fault().name(), detail, seconds(RECOVERY_LIMIT)));
    }
    Duration took = recovered.orElse(RECOVERY_LIMIT);
    say.accept(
        "%s: %s after %s"
            .formatted(
                strike.fault().name(),
                recovered.isPresent() ? "recovered" : "NOT recovered",
                seconds(took)));
    findings.struck(
        new FaultRecord(
            strike.fault().name(), number, at, detail, lasted.toMillis(), took.toMillis()));
    return null;
  }

  private static String seconds(Duration duration) {
    return "%.1f s".formatted(duration.toMillis() / 1000.0);
  }
}
