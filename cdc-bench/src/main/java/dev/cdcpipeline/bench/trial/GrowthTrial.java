package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.report.Chart;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The same backlog over one, four and sixteen times the data and keys. */
public final class GrowthTrial implements Trial {
  private static final List<Integer> SIZES = List.of(1, 4, 16);
  private static final int ITEMS = 2;

  @Override
  public String name() {
    return "growth";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    int orders = bench.effort(10_000, 50_000);
    int backlog = bench.effort(60_000, 200_000);
    bench.stopServers();
    // a stack of its own: how large it is at the start must be known
    try (RunningWay way =
        RunningWay.start(Way.TABLE, WorkDirectory.empty(bench.work().resolve("growth")), bench)) {
      Table table =
          new Table(
              "A backlog of %,d changes, by what is there".formatted(backlog),
              "size",
              "orders",
              "customers and products",
              "source drain, changes/s",
              "sink, changes/s",
              "Connect, MiB",
              "target on disk, MiB");
      List<Double> sink = new ArrayList<>();
      List<Double> memory = new ArrayList<>();
      CatchUpTrial.carry(bench, way, backlog);
      for (int size : SIZES) {
        bench.say("growing to ×%d", size);
        way.rows().fillCatalogue(10_000 * size, 1_000 * size);
        long missing = (long) orders * size - count(way.source(), "orders");
        way.rows().addOrders((int) Math.max(0, missing), ITEMS);
        way.awaitArrival();
        List<CatchUpTrial.Run> runs = new ArrayList<>();
        for (int run = 1; run <= bench.effort(1, 3); run++) {
          runs.add(CatchUpTrial.carry(bench, way, backlog));
        }
        Measured applying =
            new Measured("changes/s", runs.stream().map(CatchUpTrial.Run::applying).toList());
        double connect = CpuTime.residentMegabytes(CpuTime.CONNECT);
        table.row(
            "×" + size,
            "%,d".formatted(count(way.source(), "orders")),
            "%,d".formatted(count(way.source(), "customers") + count(way.source(), "products")),
            new Measured("changes/s", runs.stream().map(CatchUpTrial.Run::drained).toList()),
            applying,
            Measured.once("MiB", connect),
            Measured.once("MiB", targetMegabytes(way)));
        sink.add(applying.median());
        memory.add(connect);
      }
      return report(bench, table, sink, memory);
    }
  }

  private Outcome report(Bench bench, Table table, List<Double> sink, List<Double> memory) {
    List<String> points = SIZES.stream().map(size -> "×" + size).toList();
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    rates.put("sink, all results on", sink);
    Map<String, List<Double>> resident = new LinkedHashMap<>();
    resident.put("Connect worker, resident", memory);
    return bench.outcome(
        name(),
        "Growth, table way: the same changes over more data",
        List.of(
            "Customers, products, orders and items grow together; the backlog that is carried"
                + " through stays the same (see catch-up for how it is timed)."),
        List.of(table),
        List.of(
            new Chart(
                "growth-rate",
                "Catch-up of the sink by size of the data",
                "changes/s",
                Chart.Kind.LINES,
                points,
                rates),
            new Chart(
                "growth-memory",
                "Memory of the Connect worker by size of the data",
                "MiB",
                Chart.Kind.LINES,
                points,
                resident)),
        List.of());
  }

  private static long count(Connection source, String table) throws SQLException {
    try (source) {
      return Query.of("SELECT count(*) FROM public." + table).number(source);
    }
  }

  private static double targetMegabytes(RunningWay way) throws SQLException {
    try (Connection target = way.target()) {
      return Query.of("SELECT pg_database_size(current_database())").number(target) / 1048576.0;
    }
  }
}
