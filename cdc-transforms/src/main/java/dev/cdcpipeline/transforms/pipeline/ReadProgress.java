package dev.cdcpipeline.transforms.pipeline;

/** How far the source's changes have been processed: the time that deadlines go by. */
@FunctionalInterface
public interface ReadProgress {
  /** What {@link #millis} says while nothing is known. */
  long UNKNOWN = -1;

  /**
   * A time, milliseconds since the epoch: every change that was committed at the source by then has
   * been processed by every task. It never goes back.
   */
  long millis();
}
