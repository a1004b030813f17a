package dev.cdcpipeline.bench.jmh;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Bytes that a piece of work allocates on this thread: the same at each run, unlike its time. */
final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int ROUNDS = 5;

  private Allocation() {}

  /**
   * The least bytes per item over some rounds, after one that warms up caches.
   *
   * @param items how many items one call of {@code work} handles
   */
  static long bytesPerItem(int items, Runnable work) {
    work.run();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      work.run();
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return least / items;
  }
}
