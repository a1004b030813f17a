package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.storm.check.Anomalies;
import dev.cdcpipeline.app.storm.report.FaultRecord;
import dev.cdcpipeline.app.storm.report.StormReport.Finding;
import java.util.ArrayList;
import java.util.List;

/** What a storm has done and found so far. Thread-safe. */
final class Findings {
  private final Anomalies anomalies = new Anomalies();
  private final List<FaultRecord> strikes = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();
  private int rounds;
  private long rowsCompared;

  Anomalies anomalies() {
    return anomalies;
  }

  synchronized void struck(FaultRecord strike) {
    strikes.add(strike);
  }

  synchronized void compared(long rows) {
    rowsCompared += rows;
  }

  /** A round is over: what is new was found in it. */
  synchronized void roundOver(int round) {
    rounds = round;
    anomalies.first().stream()
        .skip(findings.size())
        .map(anomaly -> new Finding(round, anomaly.at(), anomaly.kind(), anomaly.what()))
        .forEach(findings::add);
  }

  boolean hasAnomalies() {
    return anomalies.count() > 0;
  }

  synchronized List<FaultRecord> strikes() {
    return List.copyOf(strikes);
  }

  synchronized List<Finding> findings() {
    return List.copyOf(findings);
  }

  synchronized int rounds() {
    return rounds;
  }

  synchronized long rowsCompared() {
    return rowsCompared;
  }
}
