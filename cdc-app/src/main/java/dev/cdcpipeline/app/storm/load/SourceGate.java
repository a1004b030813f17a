package dev.cdcpipeline.app.storm.load;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Lets transactions through, or holds all sessions between two of theirs. Thread-safe. */
final class SourceGate {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);

  /** Waits until it is open; {@link #leave} must follow. */
  void enter() throws InterruptedException {
    lock.readLock().lockInterruptibly();
  }

  void leave() {
    lock.readLock().unlock();
  }

  /** Closes it and waits until everybody has left. By the thread that opens it again. */
  void close() {
    lock.writeLock().lock();
  }

  void open() {
    lock.writeLock().unlock();
  }
}
