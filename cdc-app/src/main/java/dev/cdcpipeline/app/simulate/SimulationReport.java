package dev.cdcpipeline.app.simulate;

import java.time.Duration;
import java.util.Map;

/**
 * What a simulation has done so far.
 *
 * @param transactions how many committed
 * @param changes how many rows they inserted, updated or deleted
 * @param failed how many the database refused; they left nothing behind
 * @param retried how often a transaction was run again after a deadlock
 * @param elapsed time since the start
 * @param byActivity committed transactions by what they did
 */
public record SimulationReport(
    long transactions,
    long changes,
    long failed,
    long retried,
    Duration elapsed,
    Map<Activity, Long> byActivity) {

  /** Committed transactions a second. */
  public double rate() {
    double seconds = elapsed.toNanos() / 1e9;
    return seconds == 0 ? 0 : transactions / seconds;
  }
}
