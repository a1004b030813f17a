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

/** The highest rate of source changes that a way follows without falling behind. */
public final class ThroughputTrial implements Trial {
  /** The traffic is held back while the target is further behind. */
  private static final double MOST_SECONDS_BEHIND = 0.5;

  /** Of the rate that was found, for the proof at a steady rate. */
  private static final double STEADY = 0.9;

  private static final int CONNECTIONS = 4;
  private static final int CHANGES_A_SALE = 6;
  private static final int MANY_SALES = 100;

  private final Way way;

  /**
   * @param way table or topic way
   */
  public ThroughputTrial(Way way) {
    this.way = way;
  }

  @Override
  public String name() {
    return way == Way.TABLE ? "throughput" : "throughput-topics";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    RunningWay running = bench.running(way);
    double behind = way == Way.TABLE ? MOST_SECONDS_BEHIND : 2 * MOST_SECONDS_BEHIND;
    Shape one = new Shape("one sale, 6 changes", 1, behind);
    Shape many = new Shape("%d sales, %d changes".formatted(MANY_SALES, 600), MANY_SALES, behind);
    for (Shape shape : List.of(one, many)) {
      try (LagGauge gauge = LagGauge.of(running).start()) {
        bench.say("throughput, a transaction is %s: warming up", shape.name);
        findHighest(bench, running, gauge, shape);
        running.awaitArrival();
        steadyRate(bench, running, gauge, shape);
      }
      running.awaitArrival();
    }
    String called = way == Way.TABLE ? "table way" : "topic way";
    return bench.outcome(
        name(),
        "Throughput, %s: the highest rate without growing lag".formatted(called),
        List.of(
            "Four connections commit sales of six changes each, one statement a transaction, as"
                + " fast as they can, and are held back while the target is more than "
                + behind
                + " s behind: what is committed in a window is what the pipeline has followed."
                + " Then the same traffic runs at a steady rate a tenth lower, not held back, and"
                + " the lag must not grow. The traffic's own cost is on the same cores: it is"
                + " measured once with a transaction for each sale, as a shop has them, and once"
                + " with many sales in each, where the source and the load need the least."),
        tables(List.of(one, many)),
        List.of(),
        way == Way.TABLE
            ? List.of(
                Goal.atLeast("sustained rate, a sale each", 7_500, one.highest()),
                Goal.atLeast("sustained rate, many sales each", 12_000, many.highest()))
            : List.of(
                Goal.atLeast("sustained rate, a sale each", 5_000, one.highest()),
                Goal.atLeast("sustained rate, many sales each", 5_000, many.highest())));
  }

  private static List<Table> tables(List<Shape> shapes) {
    Table found =
        new Table("Highest rate that is followed, all results on", "a transaction is", "changes/s");
    Table steady =
        new Table(
            "Lag at a steady rate", "a transaction is", "changes/s", "while", "p50, ms", "max, ms");
    Table where =
        new Table(
            "Where the processor's time goes at the highest rate",
            "piece",
            "µs for a change: " + shapes.get(0).name,
            shapes.get(1).name);
    shapes.forEach(shape -> found.row(shape.name, shape.highest()));
    shapes.forEach(shape -> shape.lags.forEach(steady::row));
    for (String piece : shapes.get(0).cpu.keySet()) {
      where.row(piece, shapes.get(0).spent(piece), shapes.get(1).spent(piece));
    }
    return List.of(found, steady, where);
  }

  /** Traffic of one kind, and what was found with it. */
  private static final class Shape {
    final String name;
    final int sales;
    final double mostSecondsBehind;
    final List<Double> rates = new ArrayList<>();
    final Map<String, List<Double>> cpu = new TreeMap<>();
    final List<Object[]> lags = new ArrayList<>();

    Shape(String name, int sales, double mostSecondsBehind) {
      this.name = name;
      this.sales = sales;
      this.mostSecondsBehind = mostSecondsBehind;
    }

    Measured highest() {
      return new Measured("changes/s", rates);
    }

    Measured spent(String piece) {
      return new Measured("µs", cpu.get(piece));
    }
  }

  private static void findHighest(Bench bench, RunningWay way, LagGauge gauge, Shape shape)
      throws SQLException {
    try (ShopTraffic traffic =
        gauge.follow(
            new ShopTraffic(
                way.endpoints().sourceJdbcUrl(),
                Double.POSITIVE_INFINITY,
                CONNECTIONS,
                shape.sales,
                () -> isBehind(gauge, shape.mostSecondsBehind)))) {
      traffic.start();
      sleep(bench.effort(8, 60));
      for (int run = 1; run <= bench.effort(2, 3); run++) {
        CpuTime before = CpuTime.now();
        long changes = traffic.changes();
        long begin = System.nanoTime();
        sleep(bench.effort(8, 30));
        double seconds = (System.nanoTime() - begin) / 1e9;
        long done = traffic.changes() - changes;
        shape.rates.add(done / seconds);
        CpuTime.now()
            .since(before)
            .forEach(
                (piece, spent) ->
                    shape
                        .cpu
                        .computeIfAbsent(piece, p -> new ArrayList<>())
                        .add(spent * 1e6 / done));
        traffic.check();
        gauge.seconds();
        bench.say("throughput run %d: %,.0f changes/s", run, done / seconds);
      }
    }
  }

  private static void steadyRate(Bench bench, RunningWay way, LagGauge gauge, Shape shape) {
    double rate = STEADY * shape.highest().median();
    int seconds = bench.effort(12, 60);
    bench.say("steady at %,.0f changes/s for %d s", rate, seconds);
    long begin;
    long end;
    long changes;
    try (ShopTraffic traffic =
        gauge.follow(
            new ShopTraffic(
                way.endpoints().sourceJdbcUrl(),
                rate / CHANGES_A_SALE / shape.sales,
                CONNECTIONS,
                shape.sales,
                () -> false))) {
      traffic.start();
      sleep(2);
      begin = System.nanoTime();
      long before = traffic.changes();
      sleep(seconds);
      end = System.nanoTime();
      changes = traffic.changes() - before;
    }
    long third = (end - begin) / 3;
    List<String> names = List.of("first third", "second third", "last third");
    for (int i = 0; i < names.size(); i++) {
      Percentiles lag =
          new Percentiles(
              gauge.between(begin + i * third, begin + (i + 1) * third).stream()
                  .mapToDouble(Sample::seconds)
                  .map(s -> s * 1000)
                  .toArray());
      shape.lags.add(
          new Object[] {
            shape.name,
            Measured.once("changes/s", changes / ((end - begin) / 1e9)),
            names.get(i),
            Measured.once("ms", lag.p(50)),
            Measured.once("ms", lag.p(100))
          });
    }
  }

  private static boolean isBehind(LagGauge gauge, double mostSeconds) {
    try {
      return gauge.seconds() > mostSeconds;
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
