package dev.cdcpipeline.app.storm.stage;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * When large transactions are committed, for faults that are to meet one on its way. Thread-safe.
 */
public final class LargeTransactions {
  private volatile CountDownLatch next = new CountDownLatch(1);

  /** One has just been committed at the source. */
  public void committed() {
    CountDownLatch now = next;
    next = new CountDownLatch(1);
    now.countDown();
  }

  /**
   * Waits for the next one.
   *
   * @return false if none came in time
   */
  public boolean await(Duration atMost) throws InterruptedException {
    return next.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }
}
