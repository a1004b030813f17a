package dev.cdcpipeline.app.storm.load;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Which lists are appended to at the moment: a few at a time, and when they are long, others.
 * Thread-safe.
 */
final class StormLists {
  private static final int AT_ONCE = 10;
  private static final int LONG = 150;

  private final AtomicInteger first = new AtomicInteger(1);
  private final Map<Integer, Integer> lengths = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();

  int any(RandomGenerator random) {
    return first.get() + random.nextInt(AT_ONCE);
  }

  /** A list got longer, or would have if its transaction had been committed. */
  void grown(int list) {
    if (lengths.merge(list, 1, Integer::sum) >= LONG) {
      // those who are at it see where it ends by the next choice
      int now = first.get();
      if (list >= now && list < now + AT_ONCE) {
        first.compareAndSet(now, now + AT_ONCE);
      }
    }
  }

  /** A number that was not given before. */
  long next() {
    return numbers.incrementAndGet();
  }
}
