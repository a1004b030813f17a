package dev.cdcpipeline.app.storm.load;

import java.time.Duration;

/**
 * When a storm's load rests: a busy time, then a lull, and so on. Under load the log behind a
 * commit goes on with the next short transaction; what is written in a lull shows what a pipeline
 * does that restarts while one transaction is open and nothing else happens. Thread-safe.
 */
public final class Lulls {
  /** How long a lull lasts. */
  public static final Duration LULL = Duration.ofSeconds(8);

  private static final Duration BUSY = Duration.ofSeconds(18);

  private final long begin = System.nanoTime();

  /** Whether there is one at the moment. */
  public boolean isNow() {
    return sinceBusy() >= BUSY.toNanos();
  }

  /** How long until the next one begins; zero in a lull. */
  public Duration untilNext() {
    return Duration.ofNanos(Math.max(0, BUSY.toNanos() - sinceBusy()));
  }

  private long sinceBusy() {
    return (System.nanoTime() - begin) % BUSY.plus(LULL).toNanos();
  }
}
