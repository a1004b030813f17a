package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.Service;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The source connector is killed and restarted inside of snapshots while the shop goes on: a
 * snapshot is one commit, and nothing that is streamed meanwhile is lost or undone.
 */
@CdcStackTest(on = StackKind.EMBEDDED, ownStack = true)
class SnapshotRestartsIT {
  private static final Duration LIMIT = Duration.ofSeconds(180);

  /** Orders that a snapshot reads, each with an item: {@code -Dsnapshots.orders=N}. */
  private static final int ORDERS = Integer.getInteger("snapshots.orders", 20_000);

  /** How often the worker is killed within a snapshot: {@code -Dsnapshots.kills=N}. */
  private static final int KILLS = Integer.getInteger("snapshots.kills", 2);

  private static final String SALES =
      "SELECT product_id, order_count, units_sold, total_revenue FROM %s ORDER BY 1";
  private static final String SALES_AT_SOURCE =
      "SELECT product_id, count(DISTINCT order_id) AS order_count, sum(quantity) AS units_sold,"
          + " sum(quantity * unit_price) AS total_revenue FROM order_items GROUP BY 1";

  private final TableWay way;
  private final ConnectRest connect;

  SnapshotRestartsIT(TableWay way) {
    this.way = way;
    this.connect = new ConnectRest(way.stack().endpoints().connectUrl());
  }

  @BeforeEach
  void thereIsSomethingToRead() {
    way.commit(
        "INSERT INTO orders (customer_id, total_amount) SELECT 1, i %% 100 FROM generate_series(1, %d) i"
            .formatted(ORDERS),
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT order_id, 1,"
            + " 1, total_amount FROM orders o WHERE NOT EXISTS (SELECT FROM order_items i WHERE"
            + " i.order_id = o.order_id)");
    way.awaitArrival();
  }

  /**
   * Orders and their items are written in one transaction, so no commit has one without the other.
   */
  @Test
  void aSnapshotThatIsTriedAgainIsOneCommit() throws SQLException {
    connect.call("PUT", "/connectors/shop-source/stop");
    connect.awaitStatus("shop-source", "STOPPED");
    connect.call("DELETE", "/connectors/shop-source/offsets");
    atSourceAsAdmin("SELECT pg_drop_replication_slot('cdc_shop')");
    try (Shop shop = new Shop();
        Watch watch = new Watch()) {
      for (int kill = 1; kill <= KILLS; kill++) {
        long before = TopicRecords.written(way, "shop.public.orders");
        if (kill == 1) {
          connect.call("PUT", "/connectors/shop-source/resume");
        } else {
          way.stack().start(Service.CONNECT);
        }
        Awaitility.await("rows of the snapshot are in the topic")
            .atMost(LIMIT)
            .pollInterval(Duration.ofMillis(10))
            .until(() -> TopicRecords.written(way, "shop.public.orders") > before + 100);
        way.stack().kill(Service.CONNECT);
        way.commit(
            "DELETE FROM order_items WHERE order_id IN (SELECT order_id FROM orders ORDER BY 1"
                + " OFFSET 50 LIMIT 10)",
            "DELETE FROM orders o WHERE NOT EXISTS (SELECT FROM order_items i WHERE i.order_id ="
                + " o.order_id)");
      }
      way.stack().start(Service.CONNECT);
      way.stack().awaitConnectors(LIMIT);
      way.awaitArrival();
      shop.stop();
      watch.stop();
    }

    // the log has no event of what changed while no slot kept it, so it is not compared
    assertTablesAreEqual();
  }

  @Test
  void anIncrementalSnapshotThatIsCutLosesNoChangeAndShowsNoneEarly() throws SQLException {
    String events = "SELECT coalesce(max(event_id), 0) FROM analytics.order_events";
    long first = Long.parseLong(way.targetValue(events));
    try (Shop shop = new Shop();
        Watch watch = new Watch()) {
      for (int kill = 1; kill <= KILLS; kill++) {
        long before = TopicRecords.written(way, "shop.public.orders");
        awaitIncrementalSnapshot(before);
        if (kill % 2 == 1) {
          way.stack().kill(Service.CONNECT);
          way.stack().start(Service.CONNECT);
        } else {
          connect.call("POST", "/connectors/shop-source/tasks/0/restart");
        }
        way.stack().awaitConnectors(LIMIT);
      }
      shop.stop();
      way.awaitArrival();
      watch.stop();
    }

    assertTablesAreEqual();
    assertThat(
            way.targetRows(
                "SELECT * FROM analytics.order_events WHERE event_type = 'snapshot' AND event_id > "
                    + first))
        .as("rows that the mirror did not have when they were read")
        .isEmpty();
  }

  private void assertTablesAreEqual() {
    for (String table : List.of("customers", "products", "orders", "order_items")) {
      MirrorRows.assertEqual(way, "public", table);
    }
    assertThat(way.targetRows(SALES.formatted("analytics.product_sales_metrics")))
        .isEqualTo(way.sourceRows(SALES.formatted("(" + SALES_AT_SOURCE + ") s")));
  }

  /**
   * Asks until rows are sent. Debezium 3.6 runs signals and the stream on one database connection,
   * and drops a signal that comes while both use it, with one warning in its log.
   */
  private void awaitIncrementalSnapshot(long before) {
    Awaitility.await("rows of the snapshot are in the topic")
        .atMost(LIMIT)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              signalIncrementalSnapshot("public.orders");
              return arrivesWithin(before + ORDERS / 4, Duration.ofSeconds(30));
            });
  }

  private boolean arrivesWithin(long records, Duration limit) {
    try {
      Awaitility.await()
          .atMost(limit)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> TopicRecords.written(way, "shop.public.orders") > records);
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }

  private void atSourceAsAdmin(String sql) throws SQLException {
    try (Connection admin = DriverManager.getConnection(way.stack().sourceAdminJdbcUrl());
        Statement statement = admin.createStatement()) {
      statement.execute(sql);
    }
  }

  private void signalIncrementalSnapshot(String table) {
    String signal =
        "{\"type\":\"execute-snapshot\",\"data\":{\"type\":\"INCREMENTAL\",\"data-collections\":[\"%s\"]}}"
            .formatted(table);
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            way.stack().endpoints().kafkaClient(),
            new StringSerializer(),
            new StringSerializer())) {
      producer.send(new ProducerRecord<>("shop.signal", "shop", signal)).get(60, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("cannot send the signal", e);
    }
  }

  /** Does something all the time in a thread of its own, until it is stopped. */
  private abstract static class Always implements AutoCloseable {
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread = new Thread(this::run);
    private volatile boolean stopped;

    Always() {
      thread.start();
    }

    abstract void once(int number) throws SQLException;

    private void run() {
      try {
        for (int number = 0; !stopped; number++) {
          once(number);
        }
      } catch (SQLException | RuntimeException | AssertionError e) {
        failure.set(e);
      }
    }

    /** Stops, and fails if it has failed. */
    void stop() {
      close();
      assertThat(failure.get()).as("what goes on all the time").isNull();
    }

    @Override
    public void close() {
      stopped = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** New orders with their items, changed and deleted ones, a transaction each. */
  private final class Shop extends Always {
    @Override
    void once(int number) {
      way.commit(
          "INSERT INTO orders (customer_id, total_amount) VALUES (2, %d)".formatted(number % 50),
          "INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (currval('orders_order_id_seq'), 2, 1, %d)"
              .formatted(number % 50));
      way.commit(
          "UPDATE orders SET order_status = 's%d' WHERE order_id = (SELECT max(order_id) - %d FROM orders)"
              .formatted(number, number % 1000));
      if (number % 5 == 0) {
        way.commit(
            "DELETE FROM order_items WHERE order_id = (SELECT max(order_id) - 20 FROM orders)",
            "DELETE FROM orders WHERE order_id = (SELECT max(order_id) - 20 FROM orders)");
      }
    }
  }

  /** No view of the target has an item without its order. */
  private final class Watch extends Always {
    @Override
    void once(int number) {
      assertThat(
              way.targetValue(
                  "SELECT count(*) FROM mirror.order_items i WHERE NOT EXISTS (SELECT FROM"
                      + " mirror.orders o WHERE o.order_id = i.order_id)"))
          .as("items without their order in one view of the target")
          .isEqualTo("0");
    }
  }
}
