package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Service;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * The shop's tables mirrored by four tasks, straight from the change topics, while the shop goes on
 * and the worker dies: every row equal to the source's, as text.
 */
@CdcStackTest(on = StackKind.EMBEDDED, ownStack = true)
class MirrorsByTasksIT {
  private static final String CONNECTOR = "shop-mirrors";
  private static final Map<String, String> KEYS =
      new TreeMap<>(
          Map.of(
              "customers", "customer_id",
              "products", "product_id",
              "orders", "order_id",
              "order_items", "item_id"));

  private final TableWay way;

  MirrorsByTasksIT(TableWay way) {
    this.way = way;
  }

  @Test
  void fourTasksMirrorTheShopThroughAKillOfTheWorker() throws Exception {
    String large = "repeat(md5(random()::text), 1000)";
    way.commit(
        "INSERT INTO customers (customer_id, email, first_name, last_name) VALUES"
            + " (-1, 'stays@example.org', 'A', 'B')",
        "ALTER TABLE orders ALTER COLUMN shipping_address SET STORAGE EXTERNAL",
        "INSERT INTO orders (order_id, customer_id, total_amount, shipping_address) VALUES"
            + " (-1, -1, 10, "
            + large
            + ")");
    ConnectClient connect = new ConnectClient(way.stack().endpoints().connectUrl());
    connect.put(CONNECTOR, configuration());
    long seed = 4;
    Simulator simulator =
        new Simulator(
            way.stack().endpoints().sourceJdbcUrl(),
            SimulationOptions.of(60, Duration.ofMinutes(10), seed));
    CompletableFuture<Void> shop = CompletableFuture.runAsync(simulator::run);
    Awaitility.await("four tasks mirror")
        .atMost(Duration.ofSeconds(120))
        .until(() -> runs(connect, 4) && mirrored("order_items") > 100);

    // the simulated shop, which has begun, does not know this customer
    way.commit(
        "INSERT INTO customers (customer_id, email, first_name, last_name) VALUES"
            + " (-2, 'goes@example.org', 'C', 'D')");
    way.stack().kill(Service.CONNECT);
    // the address was written in full once: from now on it is left out
    way.commit("UPDATE orders SET order_status = 'moved' WHERE order_id = -1");
    way.commit("DELETE FROM customers WHERE customer_id = -2");
    way.commit(
        "INSERT INTO customers (customer_id, email, first_name, last_name) VALUES"
            + " (-2, 'back@example.org', 'C', 'D')",
        "UPDATE customers SET customer_id = -3 WHERE customer_id = -2");
    way.stack().start(Service.CONNECT);
    way.stack().awaitConnectors(Duration.ofSeconds(120));
    Awaitility.await("the mirrors' tasks run again")
        .atMost(Duration.ofSeconds(120))
        .until(() -> runs(connect, 4));
    simulator.stop();
    shop.join();

    for (String table : KEYS.keySet()) {
      Awaitility.await("mirrors." + table + " is the source's, seed " + seed)
          .atMost(Duration.ofSeconds(120))
          .untilAsserted(
              () ->
                  assertThat(rows(way.stack().endpoints().targetJdbcUrl(), "mirrors", table))
                      .isEqualTo(rows(way.stack().endpoints().sourceJdbcUrl(), "public", table)));
    }
    assertThat(
            way.targetValue(
                "SELECT count(*) FROM mirrors.orders WHERE shipping_address LIKE"
                    + " '%debezium_unavailable%'"))
        .isEqualTo("0");
    assertThat(way.targetValue("SELECT count(*) FROM cdc.offsets WHERE sink = 'shop-mirrors'"))
        .isEqualTo("12");
    // the other sink of the same topics has not noticed
    way.assertEqualToTheSource("seed " + seed);
  }

  private static JsonNode configuration() throws IOException {
    return new ObjectMapper()
        .readTree(
            Distribution.locate().infra().resolve("connectors/mirrors/shop-mirrors.json").toFile())
        .path("config");
  }

  /** Connect lists a connector some time after it was put, and a worker in a rebalance nothing. */
  private static boolean runs(ConnectClient connect, int tasks) {
    try {
      return connect.statuses().stream()
          .filter(status -> status.name().equals(CONNECTOR))
          .anyMatch(status -> status.isRunning() && status.tasks().size() == tasks);
    } catch (IOException e) {
      return false;
    }
  }

  private long mirrored(String table) {
    String exists = way.targetValue("SELECT to_regclass('mirrors." + table + "')");
    return exists == null
        ? 0
        : Long.parseLong(way.targetValue("SELECT count(*) FROM mirrors." + table));
  }

  // the columns that the source has, each as PostgreSQL writes it
  private List<String> rows(String url, String schema, String table) throws SQLException {
    String columns =
        way.sourceValue(
            "SELECT string_agg(format('%I::text', column_name), ', ' ORDER BY ordinal_position)"
                + " FROM information_schema.columns WHERE table_schema = 'public' AND table_name ="
                + " ?",
            table);
    String sql =
        "SELECT ROW(%s)::text FROM %s.%s ORDER BY %s"
            .formatted(columns, schema, table, KEYS.get(table));
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      while (row.next()) {
        rows.add(row.getString(1));
      }
      return rows;
    }
  }
}
