package dev.cdcpipeline.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.monitor.FlowProbe.Latency;
import dev.cdcpipeline.app.monitor.PipelineStatus.Table;
import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.simulate.SimulationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a demo has shown; the fields' names in its JSON are part of the command's interface.
 *
 * @param startup from the start of the process until the first change was in the target
 * @param latency from commit at the source to commit in the target, of all changes of orders
 * @param streamedLatency the same by the topic way, where both ways were gone
 * @param tables mirrors and results with their rows
 */
record DemoReport(
    Duration startup,
    SimulationReport simulation,
    Latency latency,
    Optional<Latency> streamedLatency,
    ReconcileReport comparison,
    List<Table> tables) {

  private static final String RESULTS = "analytics.";
  private static final String STREAMED = "streamed.";

  double changesPerSecond() {
    double seconds = simulation.elapsed().toNanos() / 1e9;
    return seconds == 0 ? 0 : simulation.changes() / seconds;
  }

  /**
   * Writes the report as JSON.
   *
   * @throws IOException the file cannot be written
   */
  void write(Path file) throws IOException {
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode root = json.createObjectNode();
    root.put("sourceTransactions", simulation.transactions());
    root.put("sourceChanges", simulation.changes());
    root.put("refusedTransactions", simulation.failed());
    root.put("rowsCompared", comparison.rows());
    root.put("differences", comparison.differences());
    put(root.putObject("latencyMs"), latency);
    streamedLatency.ifPresent(other -> put(root.putObject("streamedLatencyMs"), other));
    root.put("changesPerSecond", rounded(changesPerSecond()));
    root.put("startupSeconds", rounded(startup.toMillis() / 1_000.0));
    putRows(root, "results", RESULTS);
    putRows(root, "streamed", STREAMED);
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Files.writeString(file, json.writeValueAsString(root) + "\n");
  }

  private void putRows(ObjectNode root, String name, String schema) {
    ObjectNode rows = root.putObject(name);
    tables.stream()
        .filter(table -> table.name().startsWith(schema))
        .forEach(table -> rows.put(table.name().substring(schema.length()), table.rows()));
  }

  private static void put(ObjectNode millis, Latency latency) {
    put(millis, "p50", latency.p50());
    put(millis, "p99", latency.p99());
  }

  private static void put(ObjectNode node, String name, OptionalDouble value) {
    if (value.isPresent()) {
      node.put(name, rounded(value.getAsDouble()));
    } else {
      node.putNull(name);
    }
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
