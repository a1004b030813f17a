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
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * What operators do and what goes wrong at the worst moment: nothing is lost and nothing counts
 * twice; what Debezium itself loses is read again.
 */
@CdcStackTest(ownStack = true)
class RecoveriesIT {
  private static final Duration LIMIT = Duration.ofSeconds(180);

  /** Of each change topic, as topics.json has it. */
  private static final int PARTITIONS = 3;

  private final TableWay way;
  private final ConnectRest connect;
  private final Admin kafka;

  RecoveriesIT(TableWay way) {
    this.way = way;
    this.connect = new ConnectRest(way.stack().endpoints().connectUrl());
    this.kafka = Admin.create(way.stack().endpoints().kafkaClient());
  }

  @AfterEach
  void letKafkaGo() {
    kafka.close();
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

  /** All rows of a COPY have one LSN. */
  @Test
  void theWorkerIsKilledWhileACopyArrives() {
    killWhileArriving("customers", 20_000, () -> copyCustomers(20_000));
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
        3 * 5_000,
        () ->
            way.commit(
                "UPDATE products SET product_id = product_id + 100000 WHERE product_id > 100000"));
  }

  private void copyCustomers(int rows) {
    String lines =
        IntStream.range(0, rows)
            .mapToObj(i -> "copy" + i + "@example.com\tC\tOpy\n")
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

  /** Kills the worker when a tenth of the records is in the topic, not yet committed. */
  private void killWhileArriving(String table, int rows, Runnable write) {
    long before = records(table);
    write.run();
    Awaitility.await("the first rows are in the topic")
        .pollInterval(Duration.ofMillis(5))
        .atMost(LIMIT)
        .until(() -> records(table) > before + rows / 10);
    way.stack().kill(Service.CONNECT);
    way.stack().start(Service.CONNECT);
    way.stack().awaitConnectors(LIMIT);
    way.awaitArrival();

    if (!isWhole(table)) {
      // Debezium 3.6 goes on behind the LSN it was at, and loses the other rows of that LSN
      readAgain(table);
      Awaitility.await("the rows that were lost are read again")
          .atMost(LIMIT)
          .until(() -> isWhole(table));
    }
    way.assertEqualToTheSource();
  }

  private boolean isWhole(String table) {
    return way.sourceValue("SELECT count(*) FROM " + table)
        .equals(way.targetValue("SELECT count(*) FROM mirror." + table));
  }

  /** Asks the source connector for an incremental snapshot, as docs/consistency.md says. */
  private void readAgain(String table) {
    String signal =
        "{\"type\":\"execute-snapshot\",\"data\":{\"type\":\"INCREMENTAL\","
            + "\"data-collections\":[\"public."
            + table
            + "\"]}}";
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

  /** The records of a table's topic, whether committed or not. */
  private long records(String table) {
    String topic = "shop.public." + table;
    Map<TopicPartition, OffsetSpec> ends =
        IntStream.range(0, PARTITIONS)
            .mapToObj(partition -> new TopicPartition(topic, partition))
            .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
    try {
      return kafka.listOffsets(ends).all().get(60, TimeUnit.SECONDS).values().stream()
          .mapToLong(ListOffsetsResult.ListOffsetsResultInfo::offset)
          .sum();
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("cannot ask for the end of " + topic, e);
    }
  }
}
