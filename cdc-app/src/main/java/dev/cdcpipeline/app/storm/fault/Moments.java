package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.storm.stage.StormStack;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long faults last, and how orders are given to parts that may be away. */
final class Moments {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final long PAUSE_MILLIS = 300;

  /** About as long as it takes until the next lull is over. */
  private static final Duration LARGE_LIMIT = Duration.ofSeconds(40);

  /** What a large transaction takes from the source's commit to the target's. */
  private static final int LARGE_MILLIS = 1_000;

  private Moments() {}

  /** An order that may fail as long as somebody is away. */
  interface Order {
    void give() throws Exception;
  }

  /** A time between two, at random. */
  static Duration between(int least, int most, RandomGenerator random) {
    return Duration.ofMillis(1_000L * least + random.nextLong(1_000L * (most - least) + 1));
  }

  /**
   * One time in three waits until a large transaction is on its way, so that a fault meets a part
   * of it.
   */
  static void meetLarge(StormStack stack, RandomGenerator random) throws InterruptedException {
    if (random.nextInt(3) == 0 && stack.largeTransactions().await(LARGE_LIMIT)) {
      last(Duration.ofMillis(random.nextInt(LARGE_MILLIS)));
    }
  }

  static void last(Duration time) throws InterruptedException {
    Thread.sleep(time.toMillis());
  }

  /**
   * Gives an order until it succeeds: other faults may be at work at the same time.
   *
   * @throws IllegalStateException if it does not for minutes
   */
  static void persist(String what, Order order) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        order.give();
        return;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("cannot " + what + ": " + e, e);
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }
}
