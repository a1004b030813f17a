package dev.cdcpipeline.bench.jmh;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Bytes that a piece of work allocates on this thread: the same at each run, unlike its time. */
final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int ROUNDS_WITHOUT_LESS = 200;

  private Allocation() {}

  /**
   * The least bytes per item over many rounds. The compiler takes allocations away that its
   * analysis finds unneeded, in the background and when it likes: so it goes on until the figure
   * has stopped to fall.
   *
   * @param items how many items one call of {@code work} handles
   */
  static long bytesPerItem(int items, Runnable work) {
    long least = Long.MAX_VALUE;
    for (int unchanged = 0; unchanged < ROUNDS_WITHOUT_LESS; unchanged++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      work.run();
      long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
      if (bytes < least) {
        least = bytes;
        unchanged = 0;
      }
    }
    return least / items;
  }
}
