package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.monitor.FlowProbe;
import dev.cdcpipeline.app.monitor.FlowSample;
import dev.cdcpipeline.app.monitor.PipelineStatus.Table;
import dev.cdcpipeline.app.simulate.SimulationReport;
import dev.cdcpipeline.app.simulate.Simulator;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What one sees while the demo runs: a block redrawn in place on a terminal, else a line now and
 * then.
 */
final class DemoView {

  private static final Duration REDRAW_EVERY = Duration.ofMillis(500);
  private static final Duration LINE_EVERY = Duration.ofSeconds(5);
  private static final int BAR = 30;

  private final LiveView view;
  private final FlowProbe probe;
  private final Simulator simulator;
  private final Duration duration;

  DemoView(LiveView view, FlowProbe probe, Simulator simulator, Duration duration) {
    this.view = view;
    this.probe = probe;
    this.simulator = simulator;
    this.duration = duration;
  }

  /** How long to wait before the next {@link #update}. */
  Duration pause() {
    return view.isTerminal() ? REDRAW_EVERY : LINE_EVERY;
  }

  /** Shows how things are now. */
  void update() {
    SimulationReport report = simulator.report();
    FlowSample sample;
    try {
      sample = probe.sample();
    } catch (SQLException e) {
      view.say("the target does not answer at the moment: " + e.getMessage());
      return;
    }
    if (view.isTerminal()) {
      view.draw(block(report, sample, duration));
    } else {
      view.say(line(report, sample));
    }
  }

  static String line(SimulationReport report, FlowSample sample) {
    return String.format(
        Locale.ROOT,
        "%4d s: %,d transactions, %,d changes (%.0f/s); in the target after %s (p99 %s);"
            + " order_events %,d rows",
        report.elapsed().toSeconds(),
        report.transactions(),
        report.changes(),
        changesPerSecond(report),
        millis(sample.p50Millis()),
        millis(sample.p99Millis()),
        rows(sample, "analytics.order_events"));
  }

  static List<String> block(SimulationReport report, FlowSample sample, Duration duration) {
    List<String> lines = new ArrayList<>();
    double done = Math.min(1, (double) report.elapsed().toMillis() / duration.toMillis());
    int filled = (int) (done * BAR);
    lines.add("");
    lines.add(
        "  ["
            + "=".repeat(filled)
            + " ".repeat(BAR - filled)
            + "] "
            + report.elapsed().toSeconds()
            + " of "
            + duration.toSeconds()
            + " s");
    lines.add(
        String.format(
            Locale.ROOT,
            "  source   %,d transactions (%.1f/s), %,d row changes (%.1f/s)",
            report.transactions(),
            report.rate(),
            report.changes(),
            changesPerSecond(report)));
    lines.add(
        String.format(
            Locale.ROOT,
            "  latency  commit to visible: p50 %s, p99 %s (last 10 s); last commit %s ago",
            millis(sample.p50Millis()),
            millis(sample.p99Millis()),
            millis(sample.lagMillis())));
    lines.add("");
    for (Table table : sample.tables()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %-38s %s%,12d rows",
              table.name(),
              table.estimated() ? "~" : " ",
              table.rows()));
    }
    if (!sample.topProducts().isEmpty()) {
      lines.add("");
      lines.add("  top products");
      sample
          .topProducts()
          .forEach(
              product ->
                  lines.add(
                      String.format(
                          Locale.ROOT,
                          "  %-38s %,9d sold %16s",
                          product.name(),
                          product.unitsSold(),
                          product.revenue())));
    }
    return lines;
  }

  private static double changesPerSecond(SimulationReport report) {
    double seconds = report.elapsed().toMillis() / 1_000.0;
    return seconds == 0 ? 0 : report.changes() / seconds;
  }

  private static long rows(FlowSample sample, String table) {
    return sample.tables().stream()
        .filter(one -> one.name().equals(table))
        .mapToLong(Table::rows)
        .findFirst()
        .orElse(0);
  }

  static String millis(OptionalDouble millis) {
    return millis.isPresent()
        ? String.format(Locale.ROOT, "%,.0f ms", millis.getAsDouble())
        : "… ms";
  }
}
