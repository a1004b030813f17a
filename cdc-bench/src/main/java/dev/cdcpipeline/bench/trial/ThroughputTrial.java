package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.load.ShopTraffic;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import dev.cdcpipeline.bench.trial.LagGauge.Sample;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** The highest rate of source changes that the table way follows without falling behind. */
public final class ThroughputTrial implements Trial {
  /** The traffic is held back while the target is further behind. */
  private static final double MOST_SECONDS_BEHIND = 0.5;

  /** Of the rate that was found, for the proof at a steady rate. */
  private static final double STEADY = 0.9;

  private static final int CONNECTIONS = 4;
  private static final double CHANGES_A_TRANSACTION = 6;

  @Override
  public String name() {
    return "throughput";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    RunningWay way = bench.running(Way.TABLE);
    List<Double> rates = new ArrayList<>();
    Map<String, List<Double>> cpu = new TreeMap<>();
    Table steady;
    Measured highest;
    try (LagGauge gauge = LagGauge.ofTableWay(way).start()) {
      findHighest(bench, way, gauge, rates, cpu);
      highest = new Measured("changes/s", rates);
      bench.say("highest: %s changes/s", highest.text());
      way.awaitArrival();
      steady = steadyRate(bench, way, gauge, STEADY * highest.median());
    }
    way.awaitArrival();
    Table found = new Table("Highest rate that is followed", "what", "changes/s");
    found.row("source changes, all mirrors and results following", highest);
    Table where =
        new Table(
            "Where the processor's time goes meanwhile", "piece", "µs of processor for a change");
    cpu.forEach((piece, values) -> where.row(piece, new Measured("µs", values)));
    return bench.outcome(
        name(),
        "Throughput, table way: the highest rate without growing lag",
        List.of(
            "Four connections commit sales of six changes each, one statement a transaction, as"
                + " fast as they can, and are held back while the target is more than "
                + MOST_SECONDS_BEHIND
                + " s behind: what is committed in a window is what the pipeline has"
                + " followed. Then the same traffic runs at a steady rate a tenth lower, not held"
                + " back, and the lag must not grow. The traffic's own cost is on the same cores."),
        List.of(found, steady, where),
        List.of(),
        List.of(
            Goal.atLeast("sustained rate (table way)", 7_500, highest),
            Goal.atLeast("sustained rate with the faster source side", 12_000, highest)));
  }

  private static void findHighest(
      Bench bench,
      RunningWay way,
      LagGauge gauge,
      List<Double> rates,
      Map<String, List<Double>> cpu)
      throws SQLException {
    try (ShopTraffic traffic =
        new ShopTraffic(
                way.endpoints().sourceJdbcUrl(),
                Double.POSITIVE_INFINITY,
                CONNECTIONS,
                () -> isBehind(gauge))
            .start()) {
      bench.say("throughput: warming up");
      sleep(bench.effort(8, 30));
      for (int run = 1; run <= bench.effort(2, 3); run++) {
        CpuTime before = CpuTime.now();
        long changes = traffic.changes();
        long begin = System.nanoTime();
        sleep(bench.effort(8, 30));
        double seconds = (System.nanoTime() - begin) / 1e9;
        long done = traffic.changes() - changes;
        rates.add(done / seconds);
        CpuTime.now()
            .since(before)
            .forEach(
                (piece, spent) ->
                    cpu.computeIfAbsent(piece, p -> new ArrayList<>()).add(spent * 1e6 / done));
        traffic.check();
        gauge.seconds();
        bench.say("throughput run %d: %,.0f changes/s", run, done / seconds);
      }
    }
  }

  private static Table steadyRate(Bench bench, RunningWay way, LagGauge gauge, double rate) {
    int seconds = bench.effort(12, 60);
    bench.say("steady at %,.0f changes/s for %d s", rate, seconds);
    long begin;
    long end;
    long changes;
    try (ShopTraffic traffic =
        new ShopTraffic(
                way.endpoints().sourceJdbcUrl(),
                rate / CHANGES_A_TRANSACTION,
                CONNECTIONS,
                () -> false)
            .start()) {
      sleep(2);
      begin = System.nanoTime();
      long before = traffic.changes();
      sleep(seconds);
      end = System.nanoTime();
      changes = traffic.changes() - before;
    }
    long third = (end - begin) / 3;
    Table table =
        new Table(
            "Lag at a steady rate of %,.0f changes/s".formatted(changes / ((end - begin) / 1e9)),
            "while",
            "lag p50, ms",
            "lag max, ms");
    List<String> names = List.of("first third", "second third", "last third");
    for (int i = 0; i < names.size(); i++) {
      Percentiles lag =
          new Percentiles(
              gauge.between(begin + i * third, begin + (i + 1) * third).stream()
                  .mapToDouble(Sample::seconds)
                  .map(s -> s * 1000)
                  .toArray());
      table.row(names.get(i), Measured.once("ms", lag.p(50)), Measured.once("ms", lag.p(100)));
    }
    return table;
  }

  private static boolean isBehind(LagGauge gauge) {
    try {
      return gauge.seconds() > MOST_SECONDS_BEHIND;
    } catch (SQLException e) {
      // said when the run ends; until then nothing more is added
      return true;
    }
  }

  private static void sleep(int seconds) {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    long wait;
    while ((wait = end - System.nanoTime()) > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(wait);
    }
  }
}
