package dev.cdcpipeline.app.simulate;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Says when the n-th transaction is due. Each due time is counted from the start, so that a late
 * one does not delay the others: the rate holds without drift.
 */
final class Pacer {

  private static final double NANOS_PER_SECOND = 1e9;

  private final double perSecond;
  private final LongSupplier nanoTime;
  private final LongConsumer parkNanos;
  private final long start;

  /**
   * @param perSecond transactions a second, above 0
   * @param nanoTime a clock such as {@link System#nanoTime}
   * @param parkNanos waits that long, or less
   */
  Pacer(double perSecond, LongSupplier nanoTime, LongConsumer parkNanos) {
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
    this.parkNanos = parkNanos;
    this.start = nanoTime.getAsLong();
  }

  /**
   * Waits until transaction {@code number}, counted from 0, is due; returns at once if it is late.
   */
  void await(long number) {
    long due = (long) (number / perSecond * NANOS_PER_SECOND);
    long left = due - elapsedNanos();
    while (left > 0 && !Thread.currentThread().isInterrupted()) {
      parkNanos.accept(left);
      left = due - elapsedNanos();
    }
  }

  long elapsedNanos() {
    return nanoTime.getAsLong() - start;
  }
}
