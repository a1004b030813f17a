package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.load.Probes;
import dev.cdcpipeline.bench.load.ShopRows;
import dev.cdcpipeline.model.event.Lsn;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The embedded stack with one of the two ways on it, all its results on, and a shop that has some
 * orders.
 */
final class RunningWay implements AutoCloseable {
  static final String SOURCE_CONNECTOR = "shop-source";
  static final String SINK_CONNECTOR = "analytics-sink";

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int CUSTOMERS = 10_000;
  private static final int PRODUCTS = 1_000;
  private static final int ORDERS = 20_000;

  private final EmbeddedStack stack;
  private final Way way;
  private final Bench bench;
  private final Connectors connectors;
  private int arrivals;

  private RunningWay(EmbeddedStack stack, Way way, Bench bench) {
    this.stack = stack;
    this.way = way;
    this.bench = bench;
    this.connectors = new Connectors(stack.endpoints().connectUrl());
  }

  /**
   * Starts the stack, fills the shop and waits until the target has it.
   *
   * @param wanted which way; not both
   */
  static RunningWay start(Way wanted, Path data, Bench bench) throws SQLException {
    bench.say("starting the stack");
    EmbeddedStack stack =
        EmbeddedStack.start(StackOptions.in(data).withWay(wanted).forThroughput());
    RunningWay way = new RunningWay(stack, wanted, bench);
    try {
      bench.say("up after %.1f s; filling the shop", stack.startupTime().toMillis() / 1000.0);
      ShopRows rows = way.rows();
      rows.fillCatalogue(CUSTOMERS, PRODUCTS);
      rows.addOrders(ORDERS, 2);
      way.awaitArrival();
      return way;
    } catch (SQLException | RuntimeException e) {
      way.close();
      throw e;
    }
  }

  Way way() {
    return way;
  }

  Endpoints endpoints() {
    return stack.endpoints();
  }

  Connectors connectors() {
    return connectors;
  }

  ShopRows rows() {
    return new ShopRows(stack.endpoints().sourceJdbcUrl());
  }

  Connection source() throws SQLException {
    return DriverManager.getConnection(stack.sourceAdminJdbcUrl());
  }

  Connection target() throws SQLException {
    return DriverManager.getConnection(stack.targetAdminJdbcUrl());
  }

  /**
   * Waits until what is committed at the source by now is in the target. By the topic way, whose
   * tables are each by itself, a probe that is in every one of them has to do for it.
   */
  void awaitArrival() throws SQLException {
    if (way == Way.TABLE) {
      TargetProgress.await(
          stack.endpoints().targetJdbcUrl(),
          TargetProgress.mark(stack.endpoints().sourceJdbcUrl()),
          PATIENCE,
          bench::hear);
      return;
    }
    String name = "arrival" + arrivals++;
    int probes = new Probes(stack.endpoints().sourceJdbcUrl()).run(name, 20, Duration.ofSeconds(1));
    try (Connection source = source();
        Connection target = target()) {
      int tables = arrivals().awaitAll(source, target, name, probes);
      bench.say("%d probes have arrived in %d tables", probes, tables);
    }
  }

  /** Where probes are to be seen. */
  ProbeArrivals arrivals() {
    return way == Way.TABLE ? ProbeArrivals.ofTableWay() : ProbeArrivals.ofTopicWay();
  }

  /** Where the source's log ends. */
  Lsn sourceEnd() throws SQLException {
    try (Connection source = source()) {
      return Lsn.parse(Query.of("SELECT pg_current_wal_insert_lsn()").text(source));
    }
  }

  @Override
  public void close() {
    stack.close();
  }
}
