package dev.cdcpipeline.app.monitor;

import dev.cdcpipeline.app.monitor.FlowSample.Product;
import dev.cdcpipeline.app.monitor.PipelineStatus.Position;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.Way;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Watches changes come through, from the target alone.
 *
 * <p>Latency is the time from a change's commit at the source, which the log of order events notes,
 * to the commit that made the event visible in the target, which the target notes if it has {@code
 * track_commit_timestamp}. Each is by the clock of its own server.
 */
public final class FlowProbe {

  private static final String LATENCY =
      "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY millis),"
          + " percentile_cont(0.99) WITHIN GROUP (ORDER BY millis)"
          + " FROM (SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)"
          + " - event_timestamp AT TIME ZONE 'UTC') * 1000 AS millis FROM {schema}.order_events"
          + " WHERE event_type <> 'snapshot' AND event_timestamp >= ?) latencies";
  private static final Duration RECENT = Duration.ofSeconds(10);
  private static final int TOP = 3;

  private final String targetJdbcUrl;
  private final String schema;

  private FlowProbe(String targetJdbcUrl, String schema) {
    this.targetJdbcUrl = targetJdbcUrl;
    this.schema = schema;
  }

  /**
   * Watches one way, the table way where both are gone.
   *
   * @param targetJdbcUrl the target, with user and password of a role that may read everything
   *     there
   */
  public static FlowProbe of(String targetJdbcUrl, Way way) {
    return new FlowProbe(targetJdbcUrl, way.hasTables() ? "analytics" : "streamed");
  }

  /**
   * Median and slowest hundredth, in milliseconds.
   *
   * @param p50 empty if nothing was measured
   */
  public record Latency(OptionalDouble p50, OptionalDouble p99) {
    static final Latency UNKNOWN = new Latency(OptionalDouble.empty(), OptionalDouble.empty());
  }

  /**
   * Takes a sample.
   *
   * @throws SQLException the target does not answer
   */
  public FlowSample sample() throws SQLException {
    try (Connection target = DatabaseStatus.connect(targetJdbcUrl)) {
      Latency latency = latencySince(target, RECENT);
      OptionalDouble lag = OptionalDouble.empty();
      for (Position position : DatabaseStatus.positions(target)) {
        if (position.age().isPresent()) {
          lag = OptionalDouble.of((double) position.age().get().toMillis());
        }
      }
      return new FlowSample(
          latency.p50(), latency.p99(), lag, DatabaseStatus.tables(target), topProducts(target));
    }
  }

  /**
   * Latency of the changes of orders that were committed at the source within the last while.
   *
   * @throws SQLException the target does not answer
   */
  public Latency latencySince(Duration past) throws SQLException {
    try (Connection target = DatabaseStatus.connect(targetJdbcUrl)) {
      return latencySince(target, past);
    }
  }

  private Latency latencySince(Connection target, Duration past) throws SQLException {
    if (!Query.isThere(target, schema + ".order_events") || !notesCommitTimes(target)) {
      return Latency.UNKNOWN;
    }
    String from = "(now() AT TIME ZONE 'UTC' - interval '" + past.toMillis() + " milliseconds')";
    return Query.of(LATENCY.replace("{schema}", schema).replace("?", from))
        .one(
            target,
            row -> {
              double p50 = row.getDouble(1);
              return row.wasNull()
                  ? Latency.UNKNOWN
                  : new Latency(OptionalDouble.of(p50), OptionalDouble.of(row.getDouble(2)));
            });
  }

  private List<Product> topProducts(Connection target) throws SQLException {
    if (!Query.isThere(target, schema + ".product_sales_metrics")) {
      return List.of();
    }
    return Query.of(
            "SELECT name, units_sold, total_revenue FROM "
                + schema
                + ".product_sales_metrics"
                + " ORDER BY total_revenue DESC NULLS LAST, product_id LIMIT "
                + TOP)
        .list(target, row -> new Product(row.getString(1), row.getLong(2), row.getString(3)));
  }

  private static boolean notesCommitTimes(Connection target) throws SQLException {
    return Query.of("SELECT current_setting('track_commit_timestamp') = 'on'").holds(target);
  }
}
