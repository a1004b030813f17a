package dev.cdcpipeline.sink.connect.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many values since the start were at most each of some bounds: what monitoring systems add up
 * over tasks and time. Thread-safe.
 */
final class Histogram {
  private final long[] bounds;
  // of values within the bound and above the one before; the last is of those above all bounds
  private final AtomicLongArray counts;

  /**
   * A histogram of nothing yet.
   *
   * @param bounds ascending
   */
  Histogram(List<Long> bounds) {
    this.bounds = bounds.stream().mapToLong(Long::longValue).toArray();
    this.counts = new AtomicLongArray(bounds.size() + 1);
  }

  void add(long value) {
    int found = Arrays.binarySearch(bounds, value);
    counts.incrementAndGet(found >= 0 ? found : -found - 1);
  }

  /** How many values were at most the bound of this index; of all, if it is past the bounds. */
  long atMost(int bound) {
    long count = 0;
    for (int i = 0; i <= Math.min(bound, bounds.length); i++) {
      count += counts.get(i);
    }
    return count;
  }
}
