package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Service;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The source connector is killed, stopped and restarted while transactions are open at the source:
 * afterwards each of them arrives whole and once, however they were interleaved in the WAL.
 */
@CdcStackTest(on = StackKind.EMBEDDED, ownStack = true)
class SourceRestartsIT {
  private static final Duration LIMIT = Duration.ofSeconds(180);

  private static final String SOURCE = "shop-source";

  /** Each {@link Interruption} of the first scenario: {@code -Drestarts.by=KILL,STOP}. */
  private static final String BY = System.getProperty("restarts.by", "KILL,WALSENDER");

  /** How often the scenarios are repeated: {@code -Drestarts.rounds=50}. */
  private static final int ROUNDS = Integer.getInteger("restarts.rounds", 1);

  /** Rows of a transaction that is handed on in parts. */
  private static final int LARGE = Integer.getInteger("restarts.large", 60_000);

  private final TableWay way;

  SourceRestartsIT(TableWay way) {
    this.way = way;
  }

  @BeforeEach
  void customersAreMirrored() throws SQLException {
    try (Connection source = way.source()) {
      insert(source, "first", 1);
    }
    way.awaitArrival();
  }

  /** A's first WAL record after B's commit directly follows it, which is where a restart begins. */
  @ParameterizedTest
  @MethodSource("interruptions")
  void aTransactionThatWritesRightBehindACommitArrivesWhole(Interruption interruption)
      throws SQLException {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "behind-" + interruption + round;
      try (Connection a = writingOnBothSidesOfACommit(name)) {
        interruption.begin(way);
        a.commit();
      }
      interruption.endAndAwait(way);
      way.awaitArrival();

      assertThat(rows(name + "-a")).as("round %d: rows of A at the target", round).isEqualTo("10");
    }
    way.assertEqualToTheSource();
  }

  static List<Interruption> interruptions() {
    return Arrays.stream(BY.split(",")).map(Interruption::valueOf).toList();
  }

  /** A prepared transaction is in the log with its COMMIT PREPARED, whoever restarts meanwhile. */
  @Test
  void aPreparedTransactionArrivesWithItsCommit() throws SQLException {
    atSource("ALTER SYSTEM SET max_prepared_transactions = 10");
    way.stack().stop(Service.SOURCE_DATABASE);
    way.stack().start(Service.SOURCE_DATABASE);
    way.stack().awaitConnectors(LIMIT);
    for (int round = 0; round < ROUNDS; round++) {
      for (Interruption interruption : List.of(Interruption.KILL, Interruption.STOP)) {
        String name = "prepared-" + interruption + round;
        prepare(name, "committed");
        prepare(name, "late");
        prepare(name, "undone");
        interruption.begin(way);
        if (interruption == Interruption.KILL) {
          finish("COMMIT PREPARED", name + "-committed");
        }
        interruption.endAndAwait(way);
        if (interruption != Interruption.KILL) {
          finish("COMMIT PREPARED", name + "-committed");
        }
        finish("ROLLBACK PREPARED", name + "-undone");
        finish("COMMIT PREPARED", name + "-late");
        way.awaitArrival();

        assertThat(rows(name + "-committed-a")).isEqualTo("10");
        assertThat(rows(name + "-late-a")).isEqualTo("10");
        assertThat(rows(name + "-undone-a")).isEqualTo("0");
      }
    }
    way.assertEqualToTheSource();
  }

  private void prepare(String name, String fate) throws SQLException {
    try (Connection a = writingOnBothSidesOfACommit(name + "-" + fate);
        Statement statement = a.createStatement()) {
      statement.execute("PREPARE TRANSACTION '%s-%s'".formatted(name, fate));
    }
  }

  private void finish(String how, String transaction) throws SQLException {
    try (Connection source = way.source();
        Statement statement = source.createStatement()) {
      statement.execute("%s '%s'".formatted(how, transaction));
    }
  }

  /**
   * Offsets as Debezium's own class stores them, which a release before {@code RestartOffset}
   * stored, too: at the END of a transaction with another one open behind it, and within one.
   */
  @Test
  void offsetsOfDebeziumsOwnClassAreTakenInPlace() throws Exception {
    // Debezium's schemas forbid NULL where ours say that the source does
    RegistryTakesAll.during(way.stack().endpoints().registryUrl(), this::changeClasses);
  }

  private void changeClasses() throws Exception {
    ConnectClient connect = new ConnectClient(way.stack().endpoints().connectUrl());
    JsonNode ours = connect.configuration(SOURCE).orElseThrow();
    ObjectNode debeziums = ours.deepCopy();
    debeziums.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    debeziums.put("transaction.boundary", "poll");
    for (int round = 0; round < ROUNDS; round++) {
      String name = "upgrade" + round;
      put(connect, debeziums);
      try (Connection a = writingOnBothSidesOfACommit(name)) {
        assertThat(stop(connect).hasNonNull("lsn_proc")).as("Debezium would search").isTrue();
        a.commit();
      }
      put(connect, ours);
      way.awaitArrival();
      assertThat(rows(name + "-a")).as("rows of A at the target").isEqualTo("10");

      put(connect, debeziums);
      String events = way.targetValue("SELECT count(*) FROM order_events");
      long before = TopicRecords.committed(way, "shop.public.orders");
      insertOrders(LARGE);
      Awaitility.await("the transaction has begun to arrive in its topics")
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> TopicRecords.committed(way, "shop.public.orders") > before + 100);
      JsonNode offset = stop(connect);
      assertThat(offset.hasNonNull("lsn_proc")).as("Debezium would search").isTrue();
      assertThat(offset.path("lsn")).as("within").isNotEqualTo(offset.path("lsn_commit"));
      assertThat(TopicRecords.committed(way, "shop.public.orders")).isLessThan(before + LARGE);
      insertOrders(1);
      put(connect, ours);
      insertOrders(1);

      way.assertEqualToTheSource(name);
      assertThat(way.targetValue("SELECT count(*) FROM order_events"))
          .isEqualTo(Integer.toString(Integer.parseInt(events) + LARGE + 2));
    }
  }

  /** Lets the connector run with another configuration. */
  private void put(ConnectClient connect, JsonNode configuration) throws IOException {
    stop(connect);
    connect.put(SOURCE, configuration);
    connect.resume(SOURCE);
    way.stack().awaitConnectors(LIMIT);
  }

  /** Stops the source connector in an orderly way and returns the offset that it has stored. */
  private JsonNode stop(ConnectClient connect) throws IOException {
    connect.stop(SOURCE);
    new ConnectRest(way.stack().endpoints().connectUrl()).awaitStatus(SOURCE, "STOPPED");
    return connect.offsets(SOURCE).path(0).path("offset");
  }

  /**
   * Random interleavings of three sessions, with savepoints and rollbacks, many at a time; some
   * commit before the kill, some while the worker is away, some after its restart.
   */
  @Test
  void interleavedSessionsArriveWhole() throws SQLException {
    long seed = Long.getLong("restarts.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      List<Session> sessions = new ArrayList<>();
      try {
        for (int i = 0; i < 30; i++) {
          sessions.add(new Session("r" + round + "s" + i));
        }
        step(sessions, random, 400);
        way.stack().kill(Service.CONNECT);
        step(sessions, random, 200);
        way.stack().start(Service.CONNECT);
        step(sessions, random, 200);
        if (random.nextBoolean()) {
          way.stack().kill(Service.CONNECT);
          way.stack().start(Service.CONNECT);
        }
        for (Session session : sessions) {
          session.commit();
        }
      } finally {
        for (Session session : sessions) {
          session.connection.close();
        }
      }
      way.stack().awaitConnectors(LIMIT);
      way.assertEqualToTheSource("seed " + seed);
    }
  }

  /** Every kind of statement in a transaction that is open at the kill. */
  @Test
  void everyKindOfStatementOfAnOpenTransactionArrives() throws SQLException {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "kinds" + round;
      int from = 1_000_000 * (round + 1);
      way.commit(
          "INSERT INTO products (product_id, sku, name, price) SELECT %1$d + i, '%2$s-' || i, '%2$s', 1 FROM generate_series(1, 20) i"
              .formatted(from, name));
      way.awaitArrival();
      try (Connection a = way.source();
          Statement statement = a.createStatement()) {
        a.setAutoCommit(false);
        execute(
            statement,
            from,
            name,
            "INSERT INTO products (product_id, sku, name, price) SELECT %1$d + 100 + i, '%2$s+' ||"
                + " i, '%2$s', 2 FROM generate_series(1, 50) i",
            "UPDATE products SET product_id = product_id + 1000 WHERE product_id = %1$d + 1",
            "UPDATE products SET product_id = -1 WHERE product_id = %1$d + 2",
            "UPDATE products SET product_id = %1$d + 2 WHERE product_id = %1$d + 3",
            "UPDATE products SET product_id = %1$d + 3 WHERE product_id = -1",
            "SAVEPOINT s",
            "DELETE FROM products WHERE product_id = %1$d + 4",
            "ROLLBACK TO s",
            "DELETE FROM products WHERE product_id = %1$d + 5",
            "TRUNCATE order_items",
            "INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT 400001,"
                + " product_id, 1, 1 FROM products WHERE product_id > %1$d LIMIT 5");
        insert(a, name + "-a", 2);
        try (Connection b = way.source()) {
          insert(b, name + "-b", 1);
        }
        execute(statement, from, name, "UPDATE products SET price = 3 WHERE product_id > %1$d");
        insert(a, name + "-a", 2);
        awaitRows(name + "-b", 1);
        way.stack().kill(Service.CONNECT);
        a.commit();
      }
      Interruption.KILL.endAndAwait(way);

      way.assertEqualToTheSource(name);
    }
  }

  /** A transaction that is handed on in parts comes again from its BEGIN, and is applied once. */
  @Test
  void aTransactionInPartsIsAppliedOnceWhenItIsCut() throws SQLException {
    String before = way.targetValue("SELECT count(*) FROM order_events");
    long already = TopicRecords.committed(way, "shop.public.orders");
    insertOrders(LARGE);
    for (int kill = 1; kill <= ROUNDS; kill++) {
      long seen = already + (long) LARGE * kill / (ROUNDS + 2);
      Awaitility.await("the transaction has begun to arrive in its topics")
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> TopicRecords.committed(way, "shop.public.orders") > seen);
      Interruption.KILL.begin(way);
      Interruption.KILL.endAndAwait(way);
    }

    String after = Integer.toString(Integer.parseInt(before) + LARGE);
    Awaitility.await("the transaction is in the target")
        .atMost(LIMIT.plusMillis(LARGE))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> !way.targetValue("SELECT count(*) FROM order_events").equals(before));
    assertThat(way.targetValue("SELECT count(*) FROM order_events")).isEqualTo(after);
    way.assertEqualToTheSource();
  }

  private static void step(List<Session> sessions, Random random, int steps) throws SQLException {
    for (int i = 0; i < steps; i++) {
      sessions.get(random.nextInt(sessions.size())).step(random);
    }
  }

  private static void execute(Statement statement, int from, String name, String... sql)
      throws SQLException {
    for (String each : sql) {
      statement.execute(each.formatted(from, name));
    }
  }

  private void awaitRows(String name, int rows) {
    Awaitility.await("rows of " + name + " are in the mirror")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> rows(name).equals(Integer.toString(rows)));
  }

  private String rows(String name) {
    return way.targetValue(
        "SELECT count(*) FROM mirror.customers WHERE first_name = '" + name + "'");
  }

  /**
   * A transaction A that is open: five rows, a commit of B that has arrived at the target, and five
   * more rows directly behind it.
   */
  private Connection writingOnBothSidesOfACommit(String name) throws SQLException {
    Connection a = way.source();
    a.setAutoCommit(false);
    insert(a, name + "-a", 5);
    try (Connection b = way.source()) {
      insert(b, name + "-b", 1);
    }
    insert(a, name + "-a", 5);
    awaitRows(name + "-b", 1);
    return a;
  }

  /** Above every key that there is, whatever number a scenario has chosen for itself. */
  private void insertOrders(int orders) {
    way.commit(
        ("INSERT INTO orders (order_id, customer_id, total_amount) SELECT highest + i, 1, i %% 1000"
                + " FROM generate_series(1, %d) i, (SELECT max(order_id) highest FROM orders) o")
            .formatted(orders));
  }

  private void atSource(String sql) throws SQLException {
    try (Connection admin = DriverManager.getConnection(way.stack().sourceAdminJdbcUrl());
        Statement statement = admin.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void insert(Connection connection, String name, int rows) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (int i = 0; i < rows; i++) {
        statement.execute(
            "INSERT INTO customers (email, first_name, last_name) VALUES (gen_random_uuid() ||"
                + " '@example.com', '%s', 'Restart')".formatted(name));
      }
    }
  }

  /** One session of many: a transaction of random statements, and then another. */
  private final class Session {
    private final Connection connection;
    private final String name;
    private Savepoint savepoint;

    Session(String name) throws SQLException {
      this.connection = way.source();
      this.name = name;
      connection.setAutoCommit(false);
    }

    void step(Random random) throws SQLException {
      switch (random.nextInt(10)) {
        case 0 -> commit();
        case 1 -> {
          connection.rollback();
          savepoint = null;
        }
        case 2 -> savepoint = connection.setSavepoint();
        case 3 -> {
          if (savepoint != null) {
            connection.rollback(savepoint);
          }
        }
        case 4 -> run("UPDATE customers SET last_name = last_name || '+' WHERE first_name = '%s'");
        case 5 ->
            run(
                "DELETE FROM customers WHERE customer_id = (SELECT min(customer_id) FROM customers"
                    + " WHERE first_name = '%s')");
        case 6 -> insert(connection, name, 3);
        default -> insert(connection, name, 1);
      }
    }

    private void run(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql.formatted(name));
      }
    }

    void commit() throws SQLException {
      connection.commit();
      savepoint = null;
    }
  }
}
