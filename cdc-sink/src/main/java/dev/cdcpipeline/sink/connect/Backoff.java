package dev.cdcpipeline.sink.connect;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When to try again after a passing fault: doubling waits with jitter, for a limited time since the
 * first fault.
 */
final class Backoff {
  private final Duration first;
  private final Duration longest;
  private final Duration limit;
  private final Clock clock;

  private Instant since;
  private Instant due = Instant.MIN;
  private Duration wait;

  Backoff(Duration first, Duration longest, Duration limit, Clock clock) {
    this.first = first;
    this.longest = longest;
    this.limit = limit;
    this.clock = clock;
  }

  /** It works again. */
  void reset() {
    since = null;
    due = Instant.MIN;
    wait = null;
  }

  /** One more fault: the next try is due after a wait. */
  void next() {
    Instant now = clock.instant();
    if (since == null) {
      since = now;
    }
    Duration doubled = wait == null ? first : wait.multipliedBy(2);
    wait = doubled.compareTo(longest) > 0 ? longest : doubled;
    long jittered = Math.round(wait.toMillis() * ThreadLocalRandom.current().nextDouble(0.5, 1.0));
    due = now.plusMillis(Math.max(1, jittered));
  }

  boolean isDue() {
    return !clock.instant().isBefore(due);
  }

  Duration remaining() {
    Duration left = Duration.between(clock.instant(), due);
    return left.isNegative() ? Duration.ZERO : left;
  }

  boolean isExhausted() {
    return since != null && Duration.between(since, clock.instant()).compareTo(limit) >= 0;
  }
}
