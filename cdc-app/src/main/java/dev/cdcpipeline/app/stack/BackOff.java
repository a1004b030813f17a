package dev.cdcpipeline.app.stack;

import java.time.Duration;

/**
 * Pauses that double with every try that follows soon on the last, and begin anew after a quiet
 * time. Not thread-safe.
 */
final class BackOff {
  private final Duration first;
  private final Duration longest;
  private final Duration quiet;
  private Duration next;
  private long lastNanos;
  private boolean used;

  /**
   * @param quiet time without a try after which the pauses begin anew
   */
  BackOff(Duration first, Duration longest, Duration quiet) {
    this.first = first;
    this.longest = longest;
    this.quiet = quiet;
    this.next = first;
  }

  /** The pause before the try that is wanted now, by a clock in nanoseconds. */
  Duration next(long nowNanos) {
    if (used && nowNanos - lastNanos > quiet.toNanos()) {
      next = first;
    }
    used = true;
    lastNanos = nowNanos;
    Duration pause = next;
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(longest) > 0 ? longest : doubled;
    return pause;
  }
}
