package dev.cdcpipeline.app.reconcile;

import java.util.concurrent.locks.LockSupport;

/**
 * Keeps a comparison to a share of the time: after each piece of work it rests, so that neither
 * database is asked for more than that share.
 */
final class Pace {

  private static final long LONGEST_REST_NANOS = 60_000_000_000L;

  private final int percent;

  /**
   * @param percent of the time that is worked, 1 to 100
   */
  Pace(int percent) {
    if (percent < 1 || percent > 100) {
      throw new IllegalArgumentException("the load must be between 1 and 100 %, was " + percent);
    }
    this.percent = percent;
  }

  /** How long to rest after working that long. */
  long restNanos(long workedNanos) {
    return Math.min(LONGEST_REST_NANOS, workedNanos * (100 - percent) / percent);
  }

  /** Rests for the readings since the last call. */
  void rest(Side one, Side other) {
    long rest = restNanos(one.takeBusyNanos() + other.takeBusyNanos());
    long end = System.nanoTime() + rest;
    for (long left = rest;
        left > 0 && !Thread.currentThread().isInterrupted();
        left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
