package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.Deployment;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackListener;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * What operators do and what goes wrong at the worst moment: nothing is lost and nothing counts
 * twice.
 */
@CdcStackTest
class RecoveriesIT {
  private static final Duration LIMIT = Duration.ofSeconds(180);

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
        .putConnectors(Distribution.locate().infra().resolve("connectors"));
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

  /** All rows of a COPY have one LSN. */
  @Test
  void theWorkerIsKilledWhileACopyArrives() {
    killWhileArriving(
        "INSERT INTO customers (email, first_name, last_name) SELECT 'copy' || i || '@example.com',"
            + " 'C', 'Opy' FROM generate_series(1, 20000) i");
  }

  /** A key change is two events of one LSN. */
  @Test
  void theWorkerIsKilledWhileKeyChangesArrive() {
    way.commit(
        "INSERT INTO products (product_id, sku, name, price) SELECT 100000 + i, 'KEY-' || i, 'Key',"
            + " 1 FROM generate_series(1, 5000) i");
    way.awaitArrival();

    killWhileArriving(
        "UPDATE products SET product_id = product_id + 100000 WHERE product_id > 100000");
  }

  private void killWhileArriving(String statement) {
    String before = progress();
    CompletableFuture<Void> write = CompletableFuture.runAsync(() -> way.commit(statement));
    write.join();
    // a transaction of before is followed by the big one: the source connector is in it, or past it
    Awaitility.await("the worker works on it")
        .pollInterval(Duration.ofMillis(5))
        .atMost(LIMIT)
        .until(() -> !progress().equals(before));
    way.stack().kill(Service.CONNECT);
    way.stack().start(Service.CONNECT);
    way.stack().awaitConnectors(LIMIT);

    way.assertEqualToTheSource();
  }

  /** How far the connector has told the source it is. */
  private String progress() {
    return way.sourceValue(
        "SELECT confirmed_flush_lsn || ' ' || coalesce(pid::text, '') FROM pg_replication_slots s"
            + " LEFT JOIN pg_stat_replication r ON r.pid = s.active_pid");
  }
}
