package dev.cdcpipeline.model.serde;

import java.time.Duration;

/** Waits between attempts; a port so that a test need not. */
@FunctionalInterface
interface Pause {
  void sleep(Duration duration) throws InterruptedException;
}
