package dev.cdcpipeline.debezium;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Makes fewer and larger polls of many small ones while the source is busy. Connect makes a Kafka
 * transaction of each poll, with a cost that hardly depends on its size. While there is little to
 * do a poll is given on at once, so that nothing waits. Not thread-safe.
 */
final class Gathering<T> {
  /** How often the rate is looked at. */
  static final Duration WINDOW = Duration.ofMillis(100);

  /** Records in a window from which on the source is busy. */
  static final int BUSY = 300;

  /** Records that are enough. */
  static final int ENOUGH = 2_000;

  private final long patience;
  private final LongSupplier clock;
  private long windowBegan;
  private long inWindow;
  private boolean busy;

  /** Polls, for a few milliseconds at most. */
  interface Poll<T> {
    List<T> poll() throws InterruptedException;
  }

  /**
   * @param patience how long records of a busy source wait for others
   * @param clock nanoseconds, as of {@link System#nanoTime}
   */
  Gathering(Duration patience, LongSupplier clock) {
    this.patience = patience.toNanos();
    this.clock = clock;
    this.windowBegan = clock.getAsLong();
  }

  /** What a poll gives, or several of them. */
  List<T> from(Poll<T> source) throws InterruptedException {
    long began = clock.getAsLong();
    List<T> records = source.poll();
    if (busy && !records.isEmpty()) {
      records = new ArrayList<>(records);
      while (records.size() < ENOUGH && clock.getAsLong() - began < patience) {
        records.addAll(source.poll());
      }
    }
    count(records.size());
    return records;
  }

  private void count(int records) {
    inWindow += records;
    long now = clock.getAsLong();
    long nanos = now - windowBegan;
    if (nanos >= WINDOW.toNanos()) {
      busy = inWindow * WINDOW.toNanos() >= BUSY * nanos;
      inWindow = 0;
      windowBegan = now;
    }
  }
}
