package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.Deployment;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackListener;
import dev.cdcpipeline.app.stack.Way;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * What operators do and what goes wrong at the worst moment: nothing is lost and nothing counts
 * twice.
 */
@CdcStackTest(on = StackKind.EMBEDDED, ownStack = true)
class RecoveriesIT {
  private static final Duration LIMIT = Duration.ofSeconds(180);

  /** At how many places a COPY is cut: {@code -Drecoveries.cuts=20}. */
  private static final int CUTS = Integer.getInteger("recoveries.cuts", 1);

  private final TableWay way;
  private final ConnectRest connect;

  RecoveriesIT(TableWay way) {
    this.way = way;
    this.connect = new ConnectRest(way.stack().endpoints().connectUrl());
  }

  @Test
  void theSourceConnectorIsDeletedAndCreatedAgainOnItsSlot() {
    connect.call("DELETE", "/connectors/shop-source");
    way.commit(
        "INSERT INTO customers (email, first_name, last_name) VALUES ('away@example.com', 'A',"
            + " 'Way')",
        "UPDATE products SET stock_quantity = stock_quantity + 1");

    new Deployment(way.stack().endpoints(), StackListener.NONE)
        .putConnectors(Distribution.locate().infra().resolve("connectors"), Way.TABLE);
    way.stack().awaitConnectors(LIMIT);

    way.assertEqualToTheSource();
  }

  @Test
  void theSinkGoesOnFromItsLedgerWhenItsOffsetsAreReset() {
    way.commit("INSERT INTO orders (customer_id, total_amount) VALUES (1, 21.00)");
    way.awaitArrival();
    String events = way.targetValue("SELECT count(*) FROM order_events");

    connect.call("PUT", "/connectors/analytics-sink/stop");
    connect.awaitStatus("analytics-sink", "STOPPED");
    connect.call("DELETE", "/connectors/analytics-sink/offsets");
    way.commit("INSERT INTO orders (customer_id, total_amount) VALUES (2, 22.00)");
    connect.call("PUT", "/connectors/analytics-sink/resume");
    way.stack().awaitConnectors(LIMIT);

    way.assertEqualToTheSource();
    assertThat(way.targetValue("SELECT count(*) FROM order_events"))
        .isEqualTo(Integer.toString(Integer.parseInt(events) + 1));
  }

  /** All rows that a COPY puts on one page have one LSN. */
  @Test
  void theWorkerIsKilledWhileACopyArrives() {
    for (int cut = 1; cut <= CUTS; cut++) {
      String named = "copy" + cut + "-";
      killWhileArriving("customers", 20_000 * cut / (CUTS + 1), () -> copyCustomers(named, 20_000));
    }
  }

  /** A key change is two events of one LSN. */
  @Test
  void theWorkerIsKilledWhileKeyChangesArrive() {
    way.commit(
        "INSERT INTO products (product_id, sku, name, price) SELECT 100000 + i, 'KEY-' || i, 'Key',"
            + " 1 FROM generate_series(1, 5000) i");
    way.awaitArrival();

    killWhileArriving(
        "products",
        3 * 5_000 / 10,
        () ->
            way.commit(
                "UPDATE products SET product_id = product_id + 100000 WHERE product_id > 100000"));
  }

  private void copyCustomers(String named, int rows) {
    String lines =
        IntStream.range(0, rows)
            .mapToObj(i -> named + i + "@example.com\tC\tOpy\n")
            .collect(Collectors.joining());
    try (Connection source = way.source()) {
      source
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "COPY customers (email, first_name, last_name) FROM STDIN", new StringReader(lines));
    } catch (SQLException | IOException e) {
      throw new AssertionError("the scenario's own COPY failed at the source", e);
    }
  }

  /** Kills the worker when so many records are in the topic, committed or not. */
  private void killWhileArriving(String table, int records, Runnable write) {
    long before = TopicRecords.written(way, "shop.public." + table);
    write.run();
    Awaitility.await("the first rows are in the topic")
        .pollInterval(Duration.ofMillis(5))
        .atMost(LIMIT)
        .until(() -> TopicRecords.written(way, "shop.public." + table) > before + records);
    way.stack().kill(Service.CONNECT);
    way.stack().start(Service.CONNECT);
    way.stack().awaitConnectors(LIMIT);
    way.awaitArrival();

    way.assertEqualToTheSource();
  }
}
