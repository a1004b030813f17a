package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Machine;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.report.Chart;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Outcome.Conditions;
import dev.cdcpipeline.bench.report.Table;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What trials are given: how much effort to make, a stack, and a place to say what goes on. Closing
 * it stops everything that was started.
 */
public final class Bench implements AutoCloseable {
  private final boolean quick;
  private final List<Integer> rates;
  private final Path work;
  private final Path plugins;
  private final Consumer<String> progress;
  private RunningWay running;
  private Instant started = Instant.now();
  private double loadBefore = Machine.load();

  /**
   * @param quick little data and few runs
   * @param rates transactions a second at which latency is measured; none for the usual ones
   * @param work where stacks keep their data; emptied before use
   * @param plugins Connect plugins that are no part of the product: what it is compared with
   * @param progress told what is being done
   */
  public Bench(
      boolean quick, List<Integer> rates, Path work, Path plugins, Consumer<String> progress) {
    this.quick = quick;
    this.rates = List.copyOf(rates);
    this.work = work;
    this.plugins = plugins;
    this.progress = progress;
  }

  /** One of two numbers, by the effort asked for. */
  public <T> T effort(T whenQuick, T whenFull) {
    return quick ? whenQuick : whenFull;
  }

  /** The rates asked for, or the usual ones. */
  List<Integer> rates(List<Integer> usual) {
    return rates.isEmpty() ? usual : rates;
  }

  /** Says what is being done. */
  public void say(String format, Object... arguments) {
    progress.accept(String.format(java.util.Locale.ROOT, format, arguments));
  }

  /** Says what somebody else has said. */
  void hear(String message) {
    progress.accept(message);
  }

  Path work() {
    return work;
  }

  Path plugins() {
    return plugins;
  }

  /**
   * A running pipeline with a shop's catalogue: the one that runs, if it goes by that way, else it
   * is stopped and another one started.
   */
  RunningWay running(Way way) throws Exception {
    if (running == null || running.way() != way) {
      stopServers();
      Path data = WorkDirectory.empty(work.resolve(way.name().toLowerCase(java.util.Locale.ROOT)));
      running = RunningWay.start(way, data, this);
    }
    return running;
  }

  /** Begins a trial: its time runs from here. */
  public void begin() {
    started = Instant.now();
    loadBefore = Machine.load();
  }

  /** What was found, with the conditions of now. */
  Outcome outcome(
      String name,
      String title,
      List<String> method,
      List<Table> tables,
      List<Chart> charts,
      List<String> remarks) {
    Distribution distribution = Distribution.locate();
    java.util.Map<String, String> versions = Machine.versions(distribution.home());
    versions.putAll(Machine.versions(plugins));
    return new Outcome(
        name,
        title,
        method,
        tables,
        charts,
        new ArrayList<>(remarks),
        new Conditions(
            Machine.describe(),
            versions,
            started,
            Duration.between(started, Instant.now()),
            quick,
            loadBefore));
  }

  /** Stops everything after the last trial. */
  @Override
  public void close() {
    stopServers();
  }

  /** Stops everything, after a trial that failed: the next one starts anew. */
  public void stopServers() {
    if (running != null) {
      running.close();
      running = null;
    }
  }
}
