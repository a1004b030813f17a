package dev.cdcpipeline.bench.report;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What one benchmark has found.
 *
 * @param name the word it is run by
 * @param title what it measures
 * @param method how, a paragraph each
 * @param tables its results
 * @param charts drawn from them
 * @param remarks what was noticed on the way, for example a goal that was not reached
 * @param conditions where and when it ran
 */
public record Outcome(
    String name,
    String title,
    List<String> method,
    List<Table> tables,
    List<Chart> charts,
    List<String> remarks,
    Conditions conditions) {

  public Outcome {
    method = List.copyOf(method);
    tables = List.copyOf(tables);
    charts = List.copyOf(charts);
    remarks = List.copyOf(remarks);
  }

  /**
   * Where and when a benchmark ran.
   *
   * @param machine what it ran on, by name of the property
   * @param versions of everything that took part
   * @param started when it began
   * @param took how long it was, with warm-up and starting the servers
   * @param quick whether with little data and few runs
   * @param loadBefore the machine's load average over one minute when it began; of an idle machine
   *     near 0
   */
  public record Conditions(
      Map<String, String> machine,
      Map<String, String> versions,
      Instant started,
      Duration took,
      boolean quick,
      double loadBefore) {}
}
