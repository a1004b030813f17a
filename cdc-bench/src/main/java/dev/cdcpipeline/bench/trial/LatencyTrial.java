package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.load.Probes;
import dev.cdcpipeline.bench.load.ShopTraffic;
import dev.cdcpipeline.bench.report.Chart;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import dev.cdcpipeline.bench.trial.ProbeArrivals.Latencies;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Commit at the source → visible in each table that one of the ways keeps, at several rates. */
public final class LatencyTrial implements Trial {
  static final List<Integer> RATES = List.of(20, 200, 1000);

  private static final double[] PERCENTS = {50, 90, 99, 100};
  private static final int PROBES_AMONG_TRAFFIC = 50;
  private static final int CONNECTIONS = 4;

  private final Way kind;

  /**
   * @param kind which way; not both
   */
  public LatencyTrial(Way kind) {
    this.kind = kind;
  }

  @Override
  public String name() {
    return kind == Way.TABLE ? "latency" : "latency-topics";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    RunningWay way = bench.running(kind);
    measure(bench, way, "w0", RATES.get(1), bench.effort(5, 20));
    List<Table> tables = new ArrayList<>();
    List<String> remarks = new ArrayList<>();
    Map<String, List<Double>> slowest = new LinkedHashMap<>();
    List<Integer> rates = bench.rates(RATES);
    for (int rate : rates) {
      Map<String, List<Percentiles>> byResult = new LinkedHashMap<>();
      Map<String, List<Percentiles>> byStage = new LinkedHashMap<>();
      for (int run = 1; run <= bench.effort(2, 3); run++) {
        bench.say("latency at %d transactions/s, run %d", rate, run);
        Latencies measured =
            measure(bench, way, "p" + rate + "r" + run, rate, seconds(bench, rate));
        add(measured.byResult(), byResult);
        add(measured.byStage(), byStage);
      }
      tables.add(table("milliseconds from commit to visible", "mirror or result", rate, byResult));
      tables.add(table("where the milliseconds go", "stage", rate, byStage));
      List<Percentiles> all = byResult.get(ProbeArrivals.SLOWEST);
      slowest.computeIfAbsent("p50", p -> new ArrayList<>()).add(percentile(all, 50).median());
      slowest.computeIfAbsent("p99", p -> new ArrayList<>()).add(percentile(all, 99).median());
      addGoals(rate, all, remarks);
    }
    return bench.outcome(
        name(),
        "Latency, " + title() + ": commit at the source until visible in the target",
        List.of(
            kind == Way.TABLE
                ? "All mirrors and results of a commit become visible in one transaction of the"
                    + " target, so their latencies are the same."
                : "From the change topics through Kafka Streams under `exactly_once_v2` into the"
                    + " result topics, and from those by our sink, upsert and append, into tables;"
                    + " each result arrives by itself.",
            "Each probe is one transaction that gives every result a row of its own. When it"
                + " committed at the source and when the row committed in the target is read off"
                + " the servers' own records of commit times (`track_commit_timestamp`), so nobody"
                + " polls. At 20 transactions/s all are probes; at the higher rates "
                + PROBES_AMONG_TRAFFIC
                + " a second are, among sales of six changes each. Percentiles are per run; the"
                + " table gives their median and, in brackets, the least and most of the runs."
                + " Connect, broker, both databases and the load share the machine."),
        tables,
        List.of(
            new Chart(
                name(),
                title() + ": commit until visible in the slowest result",
                "ms",
                Chart.Kind.BARS,
                rates.stream().map(rate -> rate + " transactions/s").toList(),
                slowest)),
        remarks);
  }

  private static void add(Map<String, double[]> measured, Map<String, List<Percentiles>> runs) {
    measured.forEach(
        (name, values) ->
            runs.computeIfAbsent(name, n -> new ArrayList<>()).add(new Percentiles(values)));
  }

  private String title() {
    return kind == Way.TABLE ? "table way" : "topic way";
  }

  private static int seconds(Bench bench, int rate) {
    return rate == RATES.get(0) ? bench.effort(12, 60) : bench.effort(8, 30);
  }

  private static Latencies measure(Bench bench, RunningWay way, String name, int rate, int seconds)
      throws SQLException {
    int probesPerSecond = rate <= RATES.get(0) ? rate : PROBES_AMONG_TRAFFIC;
    try (ProbeStages stages = new ProbeStages(way.endpoints())) {
      int count = commit(way, name, rate, probesPerSecond, seconds);
      bench.say("%d probes committed; waiting for the last", count);
      way.awaitArrival();
      try (Connection source = way.source();
          Connection target = way.target()) {
        return way.arrivals().latencies(source, target, stages, name, count);
      }
    }
  }

  /** Commits probes, and traffic beside them for the rest of the rate. */
  private static int commit(RunningWay way, String name, int rate, int probesPerSecond, int seconds)
      throws SQLException {
    Probes probes = new Probes(way.endpoints().sourceJdbcUrl());
    if (rate > probesPerSecond) {
      try (ShopTraffic traffic =
          new ShopTraffic(
                  way.endpoints().sourceJdbcUrl(),
                  rate - probesPerSecond,
                  CONNECTIONS,
                  1,
                  () -> false)
              .start()) {
        int count = probes.run(name, probesPerSecond, Duration.ofSeconds(seconds));
        traffic.check();
        return count;
      }
    }
    return probes.run(name, probesPerSecond, Duration.ofSeconds(seconds));
  }

  private static Table table(
      String what, String first, int rate, Map<String, List<Percentiles>> rows) {
    Table table =
        new Table(
            "At %d transactions/s: %s".formatted(rate, what),
            first,
            "p50",
            "p90",
            "p99",
            "max",
            "probes a run");
    rows.forEach(
        (name, runs) -> {
          List<Object> row = new ArrayList<>(List.of(name));
          for (double percent : PERCENTS) {
            row.add(percentile(runs, percent));
          }
          row.add(runs.get(0).count());
          table.row(row);
        });
    return table;
  }

  private static Measured percentile(List<Percentiles> runs, double percent) {
    return new Measured("ms", runs.stream().map(run -> run.p(percent)).toList());
  }

  private void addGoals(int rate, List<Percentiles> slowest, List<String> remarks) {
    if (kind == Way.TOPICS) {
      if (rate == RATES.get(0)) {
        remarks.add(Goal.atMost("p50 at 20 transactions/s", 100, percentile(slowest, 50)));
        remarks.add(Goal.atMost("p99 at 20 transactions/s", 250, percentile(slowest, 99)));
      }
      return;
    }
    switch (rate) {
      case 20 -> {
        remarks.add(Goal.atMost("p50 at 20 transactions/s", 30, percentile(slowest, 50)));
        remarks.add(Goal.atMost("p99 at 20 transactions/s", 100, percentile(slowest, 99)));
      }
      case 200 -> {
        remarks.add(Goal.atMost("p50 at 200 transactions/s", 50, percentile(slowest, 50)));
        remarks.add(Goal.atMost("p99 at 200 transactions/s", 300, percentile(slowest, 99)));
      }
      default -> {
        // no goal was set
      }
    }
  }
}
