package dev.cdcpipeline.app.storm.report;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a storm did and found.
 *
 * @param began when it began
 * @param seconds how long it took, from the first server's start
 * @param seed of all its choices
 * @param command how to repeat it
 * @param machine what it ran on
 * @param versions of what ran
 * @param way which ways the stack went
 * @param only the kinds of faults that it chose from; all that are possible if it was not limited
 * @param skipped the kinds that can't happen here, and why
 * @param rounds how many were played to their end and checked
 * @param strikes every fault
 * @param sourceTransactions that the source committed and the history read
 * @param rolledBack transactions that were rolled back
 * @param reads views of the target that were compared with the source as of their commit
 * @param rowsCompared rows of mirrors and results that were compared after the rounds
 * @param anomalyCount what should not have been seen
 * @param anomalies the first of these
 */
public record StormReport(
    Instant began,
    long seconds,
    long seed,
    String command,
    Map<String, String> machine,
    Map<String, String> versions,
    String way,
    List<String> only,
    Map<String, String> skipped,
    int rounds,
    List<FaultRecord> strikes,
    long sourceTransactions,
    long rolledBack,
    long reads,
    long rowsCompared,
    long anomalyCount,
    List<Finding> anomalies) {

  /** Keeps copies. */
  public StormReport {
    machine = Map.copyOf(machine);
    versions = Map.copyOf(versions);
    only = List.copyOf(only);
    skipped = Map.copyOf(skipped);
    strikes = List.copyOf(strikes);
    anomalies = List.copyOf(anomalies);
  }

  /**
   * An anomaly.
   *
   * @param round in which it was found
   * @param kind which promise is broken
   * @param what with the numbers that tell it
   */
  public record Finding(int round, Instant at, String kind, String what) {}
}
