package dev.cdcpipeline.sink.connect.metrics;

import java.time.Clock;
import java.util.Arrays;

/**
 * How values of the last minute or so are distributed: count, average, largest, and any quantile
 * within 7 % of its value. In constant memory; thread-safe.
 */
final class RecentValues {
  private static final int SLICES = 6;
  private static final long SLICE_MS = 10_000;
  // values below 16 have a bucket each; above, each power of two is cut into 16
  private static final int BITS = 4;
  private static final int BUCKETS = (64 - BITS) << BITS;

  private final Clock clock;
  private final Slice[] slices = new Slice[SLICES];

  private static final class Slice {
    private final int[] counts = new int[BUCKETS];
    private long number = -1;
    private long count;
    private long sum;
    private long max;

    private void begin(long sliceNumber) {
      Arrays.fill(counts, 0);
      number = sliceNumber;
      count = 0;
      sum = 0;
      max = 0;
    }
  }

  RecentValues(Clock clock) {
    this.clock = clock;
    for (int i = 0; i < SLICES; i++) {
      slices[i] = new Slice();
    }
  }

  /** Takes a value in; one below 0 counts as 0. */
  synchronized void add(long value) {
    long number = Math.floorDiv(clock.millis(), SLICE_MS);
    Slice slice = slices[(int) Math.floorMod(number, (long) SLICES)];
    if (slice.number != number) {
      slice.begin(number);
    }
    long counted = Math.max(0, value);
    slice.counts[bucket(counted)]++;
    slice.count++;
    slice.sum += counted;
    slice.max = Math.max(slice.max, counted);
  }

  /** The average, 0 of nothing. */
  synchronized double average() {
    long count = 0;
    long sum = 0;
    for (Slice slice : slices) {
      if (isRecent(slice)) {
        count += slice.count;
        sum += slice.sum;
      }
    }
    return count == 0 ? 0 : (double) sum / count;
  }

  /** The largest value, 0 of nothing. */
  synchronized long max() {
    long max = 0;
    for (Slice slice : slices) {
      max = isRecent(slice) ? Math.max(max, slice.max) : max;
    }
    return max;
  }

  /**
   * A value that this share of all values does not exceed; 0 of nothing.
   *
   * @param share above 0, at most 1
   */
  synchronized long quantile(double share) {
    long[] counts = new long[BUCKETS];
    long count = 0;
    for (Slice slice : slices) {
      if (isRecent(slice)) {
        count += slice.count;
        for (int i = 0; i < BUCKETS; i++) {
          counts[i] += slice.counts[i];
        }
      }
    }
    long wanted = (long) Math.ceil(share * count);
    long seen = 0;
    for (int i = 0; i < BUCKETS && count > 0; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return Math.min(largestOf(i), max());
      }
    }
    return 0;
  }

  private boolean isRecent(Slice slice) {
    return slice.number > Math.floorDiv(clock.millis(), SLICE_MS) - SLICES;
  }

  private static int bucket(long value) {
    if (value < 1 << BITS) {
      return (int) value;
    }
    int shift = 63 - Long.numberOfLeadingZeros(value) - BITS;
    return ((shift + 1) << BITS) + (int) ((value >>> shift) - (1 << BITS));
  }

  private static long largestOf(int bucket) {
    if (bucket < 1 << BITS) {
      return bucket;
    }
    int shift = (bucket >> BITS) - 1;
    long lowest = (long) ((1 << BITS) + (bucket & ((1 << BITS) - 1))) << shift;
    return lowest + (1L << shift) - 1;
  }
}
