package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.net.LinkProxy;
import dev.cdcpipeline.bench.load.FlatRows;
import dev.cdcpipeline.bench.report.Chart;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Our sink, Debezium's JDBC sink and what the database could do at best, in turn. */
public final class SinkTrial implements Trial {
  private static final String COPY = "ceiling: COPY BINARY into the table";
  private static final String MERGE = "ceiling: COPY BINARY + merge, 50,000 rows";
  private static final Duration ROUND_TRIP = Duration.ofMillis(2);
  private static final double TIMES_TUNED = 4;
  private static final double OF_THE_CEILING = 0.7;

  /** Rates by workload, then by who did it. */
  private static final class Rates {
    private final Map<Workload, Map<String, List<Double>>> all = new EnumMap<>(Workload.class);

    void add(Workload workload, String who, double rate) {
      all.computeIfAbsent(workload, w -> new LinkedHashMap<>())
          .computeIfAbsent(who, w -> new ArrayList<>())
          .add(rate);
    }

    Map<String, List<Double>> of(Workload workload) {
      return all.getOrDefault(workload, Map.of());
    }
  }

  @Override
  public String name() {
    return "sink";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    int count = bench.effort(150_000, 500_000);
    int runs = bench.effort(1, 3);
    Rates near = new Rates();
    Rates far = new Rates();
    bench.stopServers();
    bench.say("starting the stack");
    try (BareStack stack = BareStack.start(bench.work().resolve("sink"), bench.plugins())) {
      fillTopics(bench, stack, count);
      List<SinkContestant> contestants = contestants(stack);
      measure(bench, stack, stack.targetUrl(), "near", count, runs, contestants, near);
      URI target = URI.create(stack.targetUrl().substring("jdbc:".length()));
      try (LinkProxy proxy =
          new LinkProxy(() -> new InetSocketAddress(target.getHost(), target.getPort()))) {
        proxy.delay(ROUND_TRIP.dividedBy(2));
        String url = stack.targetUrl().replace(":" + target.getPort(), ":" + proxy.port());
        measure(bench, stack, url, "far", count, runs, contestants, far);
      }
    }
    return report(bench, count, near, far);
  }

  private static void fillTopics(Bench bench, BareStack stack, int count) {
    bench.say("filling topics with %,d records each", count);
    FlatRows rows = new FlatRows(stack.endpoints());
    for (Workload workload : Workload.values()) {
      rows.fill(workload.topic(), count, workload.key(count), workload.isDelete());
    }
  }

  private static List<SinkContestant> contestants(BareStack stack) {
    String registry = stack.endpoints().registryUrl();
    return List.of(
        SinkContestant.ours(stack.endpoints()),
        SinkContestant.debeziumTuned(registry),
        SinkContestant.debeziumDefault(registry));
  }

  private static void measure(
      Bench bench,
      BareStack stack,
      String url,
      String where,
      int count,
      int runs,
      List<SinkContestant> contestants,
      Rates rates)
      throws IOException, SQLException {
    boolean quickFar = bench.effort(true, false) && where.equals("far");
    SinkRun run = new SinkRun(stack, url, count);
    Ceilings ceilings = new Ceilings(stack, url, count);
    // the first run is warm-up
    for (int round = where.equals("near") ? 0 : 1; round <= runs; round++) {
      for (Workload workload : Workload.values()) {
        if (round == 0 && workload != Workload.NEW
            || quickFar && workload != Workload.NEW && workload != Workload.EXISTING) {
          continue;
        }
        for (SinkContestant contestant : contestants) {
          if (isLeftOut(bench, contestant, workload, where)) {
            continue;
          }
          String name = where + round + workload.ordinal() + "c" + contestants.indexOf(contestant);
          double rate = run.drain(contestant, workload, name);
          bench.say(
              "%s, %s, %s%s: %,.0f rows/s",
              where, workload.title(), contestant.name(), round == 0 ? " (warm-up)" : "", rate);
          if (round > 0) {
            rates.add(workload, contestant.name(), rate);
          }
        }
        if (round > 0) {
          ceilings(ceilings, workload, where + round + workload.ordinal(), rates);
        }
      }
    }
  }

  /** The slowest is run where it says most, when there is little time. */
  private static boolean isLeftOut(
      Bench bench, SinkContestant contestant, Workload workload, String where) {
    return bench.effort(true, false)
        && contestant.name().equals(SinkContestant.DEFAULT)
        && (workload != Workload.NEW || where.equals("far"));
  }

  private static void ceilings(Ceilings ceilings, Workload workload, String run, Rates rates)
      throws SQLException {
    switch (workload) {
      case NEW -> {
        rates.add(workload, MERGE, ceilings.stagedMerge(run + "m", false));
        rates.add(workload, COPY, ceilings.copy(run + "k", true));
      }
      case EXISTING -> rates.add(workload, MERGE, ceilings.stagedMerge(run + "m", true));
      case APPEND -> rates.add(workload, COPY, ceilings.copy(run + "k", false));
      case HOT, DELETE -> {
        // nothing comparable
      }
    }
  }

  private Outcome report(Bench bench, int count, Rates near, Rates far) {
    List<String> remarks = new ArrayList<>();
    for (Workload workload : List.of(Workload.NEW, Workload.EXISTING)) {
      Map<String, List<Double>> rates = near.of(workload);
      Measured ours = new Measured("rows/s", rates.get(SinkContestant.OURS));
      remarks.add(
          Goal.atLeast(
              workload.title() + ", ours over Debezium's tuned sink",
              TIMES_TUNED,
              ours.over(new Measured("rows/s", rates.get(SinkContestant.TUNED)))));
      remarks.add(
          Goal.atLeast(
              workload.title() + ", ours over the merge ceiling",
              OF_THE_CEILING,
              ours.over(new Measured("rows/s", rates.get(MERGE)))));
    }
    return bench.outcome(
        name(),
        "Sink connectors: %,d Avro records into PostgreSQL".formatted(count),
        List.of(
            "A topic of one partition with flat Avro records (eight columns, a key) is drained by"
                + " one task through Kafka Connect into a fresh table; all sinks in turn in one"
                + " run, on the same servers, after a first round that warms up. Timed from the"
                + " sink's first commit to its last. The ceilings write the same rows on one"
                + " connection from bytes encoded beforehand.",
            "Ours is exactly once: rows and offsets in one transaction. Debezium's sink is at least"
                + " once; it gets the same converter (ours), so that sinks are compared and not"
                + " converters. Its tuned form: unnest, reduction buffer, batches and polls of"
                + " 5,000. Added round-trip time is by a proxy on the way to the target alone."),
        List.of(
            table("Rows/s, database beside the worker", near),
            table("Rows/s, 2 ms of round-trip time added", far)),
        List.of(chart(near)),
        remarks);
  }

  private static Table table(String caption, Rates rates) {
    Table table = new Table(caption, "workload", "sink", "rows/s", "ours is so many times");
    for (Workload workload : Workload.values()) {
      Map<String, List<Double>> all = rates.of(workload);
      all.forEach(
          (who, values) -> {
            Measured rate = new Measured("rows/s", values);
            table.row(
                workload.title(),
                who,
                rate,
                who.equals(SinkContestant.OURS)
                    ? ""
                    : new Measured("rows/s", all.get(SinkContestant.OURS)).over(rate));
          });
    }
    return table;
  }

  private static Chart chart(Rates rates) {
    Map<String, List<Double>> series = new LinkedHashMap<>();
    for (String who :
        List.of(SinkContestant.DEFAULT, SinkContestant.TUNED, SinkContestant.OURS, MERGE)) {
      List<Double> values = new ArrayList<>();
      for (Workload workload : Workload.values()) {
        List<Double> runs = rates.of(workload).get(who);
        values.add(runs == null ? Double.NaN : new Measured("rows/s", runs).median());
      }
      series.put(who.equals(MERGE) ? "merge ceiling" : who, values);
    }
    return new Chart(
        "sink",
        "Sink connectors, one task, database beside the worker",
        "rows/s",
        Chart.Kind.BARS,
        List.of("new rows", "existing rows", "5,000 keys", "appends", "deletes"),
        series);
  }
}
