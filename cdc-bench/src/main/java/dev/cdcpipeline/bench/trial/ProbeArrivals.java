package dev.cdcpipeline.bench.trial;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When probes became visible, result by result: each server says itself when the transaction
 * committed that wrote the probe's row there.
 */
final class ProbeArrivals {
  static final String SLOWEST = "slowest of all";

  private static final String COMMITTED =
      "(extract(epoch FROM pg_xact_commit_timestamp(r.xmin)) * 1000)::float8";

  private final Map<String, String> queries;

  /**
   * @param queries for each result one that gives the probe's name and the time in milliseconds;
   *     its parameter is the beginning of the probes' names
   */
  private ProbeArrivals(Map<String, String> queries) {
    this.queries = queries;
  }

  /** The mirrors and results of the table way. */
  static ProbeArrivals ofTableWay() {
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put("mirror.orders", byStatus("mirror.orders"));
    queries.putAll(results("analytics", "mirror"));
    return new ProbeArrivals(queries);
  }

  /** All eight results, in one schema; {@code shop} has the tables that keys are looked up in. */
  private static Map<String, String> results(String schema, String shop) {
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put("order_events", byStatus(schema + ".order_events"));
    queries.put(
        "product_sales_metrics",
        "SELECT r.sku, "
            + COMMITTED
            + " FROM "
            + schema
            + ".product_sales_metrics r"
            + " WHERE r.sku LIKE ? || '%'");
    queries.put(
        "customer_order_summary",
        "SELECT r.email, "
            + COMMITTED
            + " FROM "
            + schema
            + ".customer_order_summary r"
            + " WHERE r.email LIKE ? || '%'");
    queries.put("order_status_summary", byStatus(schema + ".order_status_summary"));
    queries.put("order_status_counts", byStatus(schema + ".order_status_counts"));
    queries.put(
        "top_customers_hourly",
        "SELECT c.email, "
            + COMMITTED
            + " FROM "
            + schema
            + ".top_customers_hourly r"
            + " JOIN "
            + shop
            + ".customers c USING (customer_id) WHERE c.email LIKE ? || '%'");
    queries.put(
        "data_quality_violations",
        "SELECT o.order_status, "
            + COMMITTED
            + " FROM "
            + schema
            + ".data_quality_violations r"
            + " JOIN "
            + shop
            + ".order_items i ON r.row_key = i.item_id::text"
            + " JOIN "
            + shop
            + ".orders o USING (order_id)"
            + " WHERE r.rule = 'NON_POSITIVE_QUANTITY' AND o.order_status LIKE ? || '%'");
    return queries;
  }

  private static String byStatus(String table) {
    return "SELECT r.order_status, "
        + COMMITTED
        + " FROM "
        + table
        + " r WHERE r.order_status LIKE ? || '%'";
  }

  /**
   * Milliseconds from a probe's commit at the source to its commit in the target, by result; last
   * those of {@value #SLOWEST}.
   *
   * @throws SQLException a probe has not arrived in some result, or a server does not answer
   */
  Map<String, double[]> latencies(Connection source, Connection target, String name, int probes)
      throws SQLException {
    Map<String, Double> committed =
        times(
            source,
            "SELECT r.order_status, "
                + COMMITTED
                + " FROM public.orders r"
                + " WHERE r.order_status LIKE ? || '%'",
            name);
    Map<String, double[]> latencies = new LinkedHashMap<>();
    Map<String, Double> slowest = new HashMap<>();
    for (Map.Entry<String, String> query : queries.entrySet()) {
      Map<String, Double> visible = times(target, query.getValue(), name);
      if (visible.size() != probes || !committed.keySet().equals(visible.keySet())) {
        throw new SQLException(
            "of %d probes %d have arrived in %s".formatted(probes, visible.size(), query.getKey()));
      }
      visible.replaceAll((probe, time) -> time - committed.get(probe));
      visible.forEach((probe, latency) -> slowest.merge(probe, latency, Math::max));
      latencies.put(query.getKey(), values(visible));
    }
    latencies.put(SLOWEST, values(slowest));
    return latencies;
  }

  private static double[] values(Map<String, Double> latencies) {
    return latencies.values().stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static Map<String, Double> times(Connection connection, String query, String name)
      throws SQLException {
    Map<String, Double> times = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, name + "-");
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          times.put(row.getString(1), row.getDouble(2));
        }
      }
    }
    return times;
  }
}
