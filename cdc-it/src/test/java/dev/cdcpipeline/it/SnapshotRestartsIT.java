package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The source connector is killed, stopped and restarted inside of snapshots while the shop goes on:
 * a snapshot is one commit, and nothing that is streamed meanwhile is lost or undone.
 */
@CdcStackTest(on = StackKind.EMBEDDED, ownStack = true)
class SnapshotRestartsIT {
  private static final Duration LIMIT = Duration.ofSeconds(180);

  /** Orders that a snapshot reads, each with an item: {@code -Dsnapshots.orders=N}. */
  private static final int ORDERS = Integer.getInteger("snapshots.orders", 20_000);

  private static final String SNAPSHOT_EVENTS =
      "SELECT count(*) FROM analytics.order_events WHERE event_type = 'snapshot'";

  /** How often a snapshot is interrupted in each way: {@code -Dsnapshots.rounds=N}. */
  private static final int ROUNDS = Integer.getInteger("snapshots.rounds", 1);

  /** Whether orderly stops are tried, too: {@code -Dsnapshots.all=true}. */
  private static final boolean ALL = Boolean.getBoolean("snapshots.all");

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
    for (int round = 1; round <= ROUNDS; round++) {
      forgetTheSource();
      long before = TopicRecords.written(way, "shop.public.orders");
      connect.call("PUT", "/connectors/shop-source/resume");
      for (Interruption interruption :
          ALL
              ? List.of(Interruption.KILL, Interruption.STOP, Interruption.DOWN)
              : List.of(Interruption.KILL, Interruption.DOWN)) {
        try (Shop shop = new Shop();
            Watch watch = new Watch()) {
          awaitRecords(before + 100);
          way.commit(
              "DELETE FROM order_items WHERE order_id IN (SELECT order_id FROM orders ORDER BY 1"
                  + " OFFSET 50 LIMIT 10)",
              "DELETE FROM orders o WHERE NOT EXISTS (SELECT FROM order_items i WHERE i.order_id ="
                  + " o.order_id)");
          shop.stopIf(interruption == Interruption.DOWN);
          watch.stopIf(interruption == Interruption.DOWN);
          interruption.begin(way);
          if (interruption != Interruption.DOWN) {
            before = TopicRecords.written(way, "shop.public.orders");
          }
          interruption.end(way);
          shop.stop();
          watch.stop();
        }
      }
      try (Watch watch = new Watch()) {
        way.stack().awaitConnectors(LIMIT);
        way.awaitArrival();
        watch.stop();
      }
    }

    // the log has no event of what changed while no slot kept it, so it is not compared
    assertTablesAreEqual();
  }

  @Test
  void anIncrementalSnapshotThatIsCutLosesNoChange() throws SQLException {
    String snapshotEvents = way.targetValue(SNAPSHOT_EVENTS);
    for (int round = 1; round <= ROUNDS; round++) {
      for (Interruption interruption :
          ALL
              ? List.of(
                  Interruption.KILL,
                  Interruption.TASK_RESTART,
                  Interruption.STOP,
                  Interruption.DOWN)
              : List.of(Interruption.KILL, Interruption.TASK_RESTART)) {
        try (Shop shop = new Shop();
            Watch watch = new Watch()) {
          long before = TopicRecords.written(way, "shop.public.orders");
          signalIncrementalSnapshot("public.orders");
          awaitRecords(before + ORDERS / 4);
          shop.stopIf(interruption == Interruption.DOWN);
          watch.stopIf(interruption == Interruption.DOWN);
          interruption.begin(way);
          interruption.endAndAwait(way);
          shop.stop();
          watch.stop();
        }
      }
      way.awaitArrival();
    }

    assertThat(way.targetValue(SNAPSHOT_EVENTS))
        .as("events of orders that were seen before, or without, their commits")
        .isEqualTo(snapshotEvents);
    assertTablesAreEqual();
  }

  /** TRUNCATE is not MVCC-safe: a snapshot that reads the table later finds no rows. */
  @Test
  void aTruncateDuringASnapshotIsSeenAsTheStateBeforeOrAsNoRows() throws SQLException {
    forgetTheSource();
    String items = way.targetValue("SELECT count(*) FROM mirror.order_items");
    long before = TopicRecords.written(way, "shop.public.orders");
    connect.call("PUT", "/connectors/shop-source/resume");
    awaitRecords(before + 100);
    try (Always watch =
        new Always() {
          @Override
          void once(int number) {
            assertThat(way.targetValue("SELECT count(*) FROM mirror.order_items")).isIn(items, "0");
          }
        }) {
      way.commit("TRUNCATE order_items");
      way.awaitArrival();
      watch.stop();
    }

    assertThat(way.targetValue("SELECT count(*) FROM mirror.order_items")).isEqualTo("0");
    assertTablesAreEqual("customers", "products", "orders");
  }

  /** As if the connector had never run, and stopped. */
  private void forgetTheSource() throws SQLException {
    connect.call("PUT", "/connectors/shop-source/stop");
    connect.awaitStatus("shop-source", "STOPPED");
    connect.call("DELETE", "/connectors/shop-source/offsets");
    atSourceAsAdmin("SELECT pg_drop_replication_slot('cdc_shop')");
  }

  private void assertTablesAreEqual() {
    assertTablesAreEqual("customers", "products", "orders", "order_items");
  }

  private void assertTablesAreEqual(String... tables) {
    for (String table : tables) {
      MirrorRows.assertEqual(way, "public", table);
    }
    assertThat(way.targetRows(SALES.formatted("analytics.product_sales_metrics")))
        .isEqualTo(way.sourceRows(SALES.formatted("(" + SALES_AT_SOURCE + ") s")));
  }

  private void awaitRecords(long records) {
    Awaitility.await("rows of the snapshot are in the topic")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> TopicRecords.written(way, "shop.public.orders") > records);
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

    void stopIf(boolean wanted) {
      if (wanted) {
        stop();
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
