package dev.cdcpipeline.app.storm.load;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lets one session commit between two changes of another one. Used by two threads. */
final class Handover {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration LOOK = Duration.ofMillis(100);

  private final Semaphore asked = new Semaphore(0);
  private final Semaphore done = new Semaphore(0);

  /** Waits until the other session has committed, or for some seconds. */
  void awaitCommit() {
    done.drainPermits();
    asked.release();
    acquire(done, PATIENCE);
  }

  /** Whether a commit is wanted, now or in a moment; {@link #committed} must follow. */
  boolean isAsked() {
    return acquire(asked, LOOK);
  }

  /** The commit was made, or could not be. */
  void committed() {
    asked.drainPermits();
    done.release();
  }

  private static boolean acquire(Semaphore permits, Duration atMost) {
    try {
      return permits.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
