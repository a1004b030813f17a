package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * When probes became visible, result by result: each server says itself when the transaction
 * committed that wrote the probe's row there.
 */
final class ProbeArrivals {
  static final String SLOWEST = "slowest of all";

  private static final String TO_WRITTEN =
      "log → Debezium: committed until handed to the producer (at most a poll, and the commit of"
          + " the one before)";
  private static final String TO_READABLE =
      "Kafka: handed to the producer until a reader of committed records has it";
  private static final String TO_VISIBLE = "the rest: readable until visible in the slowest result";

  private static final String COMMITTED =
      "(extract(epoch FROM pg_xact_commit_timestamp(r.xmin)) * 1000)::float8";
  private static final String PROBES =
      "SELECT r.order_status, r.customer_id::text, i.item_id::text, "
          + COMMITTED
          + " FROM public.orders r JOIN public.order_items i USING (order_id)"
          + " WHERE r.order_status LIKE ? || '%'";
  private static final long PAUSE_NANOS = 250_000_000L;
  private static final String UNDEFINED_TABLE = "42P01";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final List<Place> places;

  /** Where a probe's row is looked for, and which of the probe's names the row has. */
  private record Place(String name, String table, String column, Key key) {
    String query() {
      return "SELECT r.%1$s::text, %2$s FROM %3$s r WHERE r.%1$s::text = ANY (?)"
          .formatted(column, COMMITTED, table);
    }
  }

  /**
   * Milliseconds of each probe.
   *
   * @param byResult from commit to commit
   * @param byStage what the slowest result's are made of
   */
  record Latencies(Map<String, double[]> byResult, Map<String, double[]> byStage) {}

  /** What identifies a probe. */
  private enum Key {
    NAME,
    CUSTOMER,
    ITEM
  }

  private record Probe(String name, String customer, String item, double committed) {
    String by(Key key) {
      return switch (key) {
        case NAME -> name;
        case CUSTOMER -> customer;
        case ITEM -> item;
      };
    }
  }

  private ProbeArrivals(List<Place> places) {
    this.places = places;
  }

  /** The mirrors and results of the table way. */
  static ProbeArrivals ofTableWay() {
    List<Place> places = new ArrayList<>();
    places.add(new Place("mirror.orders", "mirror.orders", "order_status", Key.NAME));
    places.addAll(results("analytics"));
    return new ProbeArrivals(places);
  }

  /** The tables that sinks keep of the result topics. */
  static ProbeArrivals ofTopicWay() {
    return new ProbeArrivals(results("streamed"));
  }

  private static List<Place> results(String schema) {
    List<Place> places = new ArrayList<>();
    for (String table : List.of("order_events", "order_status_summary", "order_status_counts")) {
      places.add(new Place(table, schema + "." + table, "order_status", Key.NAME));
    }
    places.add(
        new Place("product_sales_metrics", schema + ".product_sales_metrics", "sku", Key.NAME));
    places.add(
        new Place("customer_order_summary", schema + ".customer_order_summary", "email", Key.NAME));
    places.add(
        new Place(
            "top_customers_hourly", schema + ".top_customers_hourly", "customer_id", Key.CUSTOMER));
    places.add(
        new Place(
            "data_quality_violations",
            "(SELECT xmin, row_key FROM "
                + schema
                + ".data_quality_violations WHERE rule = 'NON_POSITIVE_QUANTITY')",
            "row_key",
            Key.ITEM));
    return places;
  }

  /**
   * Milliseconds from a probe's commit at the source to its commit in the target, by result, with
   * those of {@value #SLOWEST}; and those of each stage on the way. Waits for probes that have not
   * arrived.
   *
   * @throws SQLException a probe has not arrived in some result, or a server does not answer
   */
  Latencies latencies(
      Connection source, Connection target, ProbeStages stages, String name, int count)
      throws SQLException {
    List<Probe> probes = probes(source, name, count);
    Map<String, double[]> latencies = new LinkedHashMap<>();
    double[] slowest = new double[count];
    for (Place place : places) {
      Map<String, Double> visible = await(target, place, probes);
      double[] own = new double[count];
      for (int i = 0; i < count; i++) {
        own[i] = visible.get(probes.get(i).by(place.key())) - probes.get(i).committed();
        slowest[i] = Math.max(slowest[i], own[i]);
      }
      latencies.put(place.name(), own);
    }
    latencies.put(SLOWEST, slowest);
    return new Latencies(latencies, stages(stages, probes, slowest));
  }

  private static Map<String, double[]> stages(
      ProbeStages stages, List<Probe> probes, double[] slowest) throws SQLException {
    Map<String, double[]> all = new LinkedHashMap<>();
    Stream.of(TO_WRITTEN, TO_READABLE, TO_VISIBLE)
        .forEach(stage -> all.put(stage, new double[slowest.length]));
    for (int i = 0; i < slowest.length; i++) {
      Probe probe = probes.get(i);
      ProbeStages.InKafka passed =
          stages
              .of(probe.name())
              .orElseThrow(
                  () -> new SQLException("probe " + probe.name() + " was not seen in Kafka"));
      all.get(TO_WRITTEN)[i] = passed.written() - probe.committed();
      all.get(TO_READABLE)[i] = passed.readable() - passed.written();
      all.get(TO_VISIBLE)[i] = probe.committed() + slowest[i] - passed.readable();
    }
    return all;
  }

  /**
   * Waits until all probes are in every place.
   *
   * @return how many places there are
   * @throws SQLException a probe has not arrived in some result, or a server does not answer
   */
  int awaitAll(Connection source, Connection target, String name, int count) throws SQLException {
    List<Probe> probes = probes(source, name, count);
    for (Place place : places) {
      await(target, place, probes);
    }
    return places.size();
  }

  private static List<Probe> probes(Connection source, String name, int count) throws SQLException {
    List<Probe> probes =
        Query.of(PROBES, name + "-")
            .list(
                source,
                row ->
                    new Probe(
                        row.getString(1), row.getString(2), row.getString(3), row.getDouble(4)));
    if (probes.size() != count) {
      throw new SQLException("of %d probes the source has %d".formatted(count, probes.size()));
    }
    return probes;
  }

  private static Map<String, Double> await(Connection target, Place place, List<Probe> probes)
      throws SQLException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Object[] keys = probes.stream().map(probe -> probe.by(place.key())).toArray();
    while (true) {
      Map<String, Double> times = times(target, place, keys);
      if (times.size() == keys.length) {
        return times;
      }
      if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
        throw new SQLException(
            "of %d probes %d have arrived in %s"
                .formatted(keys.length, times.size(), place.name()));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static Map<String, Double> times(Connection target, Place place, Object[] keys)
      throws SQLException {
    Map<String, Double> times = new HashMap<>();
    try {
      Query.of(place.query(), target.createArrayOf("text", keys))
          .forEach(target, row -> times.put(row.getString(1), row.getDouble(2)));
    } catch (SQLException e) {
      // the sink makes a result topic's table when its first row arrives
      if (!UNDEFINED_TABLE.equals(e.getSQLState())) {
        throw e;
      }
    }
    return times;
  }
}
