package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.bench.load.ShopRows;
import dev.cdcpipeline.model.event.Lsn;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** The embedded stack with the table way on it, all results on, and a shop that has some orders. */
final class TableWay implements AutoCloseable {
  static final String SOURCE_CONNECTOR = "shop-source";
  static final String SINK_CONNECTOR = "analytics-sink";

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int CUSTOMERS = 10_000;
  private static final int PRODUCTS = 1_000;
  private static final int ORDERS = 20_000;

  private final EmbeddedStack stack;
  private final Bench bench;
  private final Connectors connectors;

  private TableWay(EmbeddedStack stack, Bench bench) {
    this.stack = stack;
    this.bench = bench;
    this.connectors = new Connectors(stack.endpoints().connectUrl());
  }

  /** Starts the stack, fills the shop and waits until the target has it. */
  static TableWay start(Path data, Bench bench) throws SQLException {
    bench.say("starting the stack");
    EmbeddedStack stack = EmbeddedStack.start(StackOptions.in(data).forThroughput());
    TableWay way = new TableWay(stack, bench);
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

  EmbeddedStack stack() {
    return stack;
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

  /** Waits until all that is committed at the source by now is in the target. */
  void awaitArrival() {
    TargetProgress.await(
        stack.endpoints().targetJdbcUrl(),
        TargetProgress.mark(stack.endpoints().sourceJdbcUrl()),
        PATIENCE,
        bench::hear);
  }

  /** Where the source's log ends. */
  Lsn sourceEnd() throws SQLException {
    try (Connection source = source();
        Statement statement = source.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()")) {
      row.next();
      return Lsn.parse(row.getString(1));
    }
  }

  @Override
  public void close() {
    stack.close();
  }
}
