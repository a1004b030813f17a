package dev.cdcpipeline.app.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.cdcpipeline.app.ShopDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both sides are written all the time; the target follows the source a little late. */
class WatchIT {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final String STATES =
      "SELECT string_agg(target_table || ' ' || state || ' ' || differences, ', ' ORDER BY"
          + " target_table) FROM cdc.comparison";

  private ShopDatabases shop;
  private WrittenShop written;
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void writeAllTheTime() throws SQLException {
    shop = ShopDatabases.create();
    shop.onSource(
        "ALTER TABLE orders DISABLE TRIGGER USER", "ALTER TABLE products DISABLE TRIGGER USER");
    written = new WrittenShop(shop, Duration.ofMillis(15), 7);
  }

  @AfterEach
  void stop() {
    written.close();
  }

  @Test
  void aFaithfulTargetIsEqualUnderALoadThatNeverPauses() throws SQLException {
    awaitTransactions(300);

    watch(50).runOnce();
    long then = written.transactions();
    watch(7).runOnce();

    assertThat(written.transactions()).isGreaterThan(then);
    assertThat(states())
        .isEqualTo(
            "mirror.customers equal 0, mirror.order_items equal 0, mirror.orders equal 0,"
                + " mirror.products equal 0");
    assertThat(value("SELECT rows FROM cdc.comparison WHERE target_table = 'mirror.orders'"))
        .satisfies(rows -> assertThat(Integer.parseInt(rows)).isGreaterThan(100));
    assertThat(value("SELECT bool_and(commit_lsn IS NOT NULL) FROM cdc.comparison")).isEqualTo("t");
  }

  @Test
  void rowsThatAreMissingDifferentAndUnexpectedAreFoundAmongRowsThatChange() throws SQLException {
    awaitTransactions(300);
    shop.onTarget(
        "DELETE FROM mirror.customers WHERE customer_id = 2",
        "UPDATE mirror.products SET price = price + 0.01 WHERE product_id = 3",
        "INSERT INTO mirror.orders (order_id, order_status) VALUES (400, 'ghost')");

    watch(20).runOnce();

    assertThat(states())
        .isEqualTo(
            "mirror.customers different 1, mirror.order_items equal 0, mirror.orders different 1,"
                + " mirror.products different 1");
    assertThat(first("mirror.customers"))
        .isEqualTo("[{\"key\": {\"customer_id\": \"2\"}, \"kind\": \"missing\", \"columns\": []}]");
    assertThat(first("mirror.products"))
        .isEqualTo(
            "[{\"key\": {\"product_id\": \"3\"}, \"kind\": \"different\", \"columns\":"
                + " [\"price\"]}]");
    assertThat(first("mirror.orders"))
        .isEqualTo(
            "[{\"key\": {\"order_id\": \"400\"}, \"kind\": \"unexpected\", \"columns\": []}]");
  }

  @Test
  void rowsThatOnlyTheMirrorHasAreRemovedAmongRowsThatChange() throws SQLException {
    awaitTransactions(100);
    shop.onTarget(
        "INSERT INTO mirror.orders (order_id, order_status) SELECT g, 'of a partition that is gone'"
            + " FROM generate_series(9000001, 9000300) g");
    TableReconciliation reconciliation =
        new TableReconciliation(
            shop.sourceUrl("cdc_reader"), shop.targetUrl("analyst"), LIMIT, 5, said::add);

    assertThat(reconciliation.removeUnexpected("public.orders", shop.targetUrl("cdc_sink")))
        .isEqualTo(300);
    assertThat(reconciliation.removeUnexpected("public.orders", shop.targetUrl("cdc_sink")))
        .isZero();
    assertThat(reconciliation.compare("public.orders", shop.targetUrl("cdc_sink")))
        .extracting(TableComparison::differences)
        .containsExactly(0L);
  }

  @Test
  void whatIsMendedIsEqualAgainAtTheNextRound() throws SQLException {
    shop.onTarget("UPDATE mirror.customers SET email = 'x' WHERE customer_id = 1");
    watch(20).runOnce();
    String since = value("SELECT max(different_since) FROM cdc.comparison");

    shop.onTarget("UPDATE mirror.customers SET email = 'alice@example.com' WHERE customer_id = 1");
    watch(20).runOnce();

    assertThat(since).isNotNull();
    assertThat(states()).contains("mirror.customers equal 0");
    assertThat(value("SELECT max(different_since) FROM cdc.comparison")).isNull();
  }

  @Test
  void aRowThatIsWrittenAllTheTimeAndWrongAllTheTimeIsNotCalledEqual() throws SQLException {
    // the target never gets what every transaction writes
    shop.onTarget(
        "CREATE FUNCTION mirror.stale() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
            + " NEW.stock_quantity = -1; RETURN NEW; END'",
        "CREATE TRIGGER stale BEFORE UPDATE ON mirror.products FOR EACH ROW WHEN (NEW.product_id ="
            + " 1) EXECUTE FUNCTION mirror.stale()");
    awaitTransactions(50);

    watch(20).runOnce();

    assertThat(
            value(
                "SELECT differences + undecided FROM cdc.comparison WHERE target_table ="
                    + " 'mirror.products'"))
        .isEqualTo("1");
  }

  @Test
  void itWaitsForASideThatIsAwayAndGoesOn() throws SQLException, InterruptedException {
    shop.onTarget("DELETE FROM mirror.customers WHERE customer_id = 3");
    written.writing(false);
    Watch watch = watch(20);
    Thread thread = new Thread(watch::run, "watch");

    refuse(true);
    thread.start();
    Awaitility.await("it says that it waits")
        .atMost(LIMIT)
        .until(() -> said.stream().anyMatch(line -> line.contains("trying again")));
    refuse(false);
    written.writing(true);
    for (int kill = 0; kill < 10; kill++) {
      kill();
      awaitTransactions(written.transactions() + 20);
    }

    Awaitility.await("the verdict")
        .atMost(LIMIT)
        .until(
            () ->
                value("SELECT to_regclass('cdc.comparison')") != null
                    && states() != null
                    && states().contains("mirror.customers different 1"));
    Awaitility.await("a whole round")
        .atMost(LIMIT)
        .until(() -> Integer.parseInt(value("SELECT rounds FROM cdc.comparison_run")) > 0);
    watch.close();
    thread.join();
    assertThat(states())
        .isEqualTo(
            "mirror.customers different 1, mirror.order_items equal 0, mirror.orders equal 0,"
                + " mirror.products equal 0");
  }

  @Test
  void oneWatchAtATime() throws InterruptedException {
    Watch first = watch(20);
    Thread thread = new Thread(first::run, "watch");
    thread.start();
    Awaitility.await("the first one runs")
        .atMost(LIMIT)
        .until(
            () ->
                "analytics".equals(value("SELECT max(sink) FROM cdc.position"))
                    && value("SELECT to_regclass('cdc.comparison_run')") != null
                    && value("SELECT count(*) FROM cdc.comparison_run").equals("1"));

    assertThatThrownBy(() -> watch(20).run())
        .isInstanceOf(ReconcileException.class)
        .hasMessageContaining("another comparison of this target runs");
    first.close();
    thread.join();
  }

  @Test
  void reconcileIsRightThoughTheSourceIsWrittenAllTheTime(@TempDir Path results)
      throws SQLException, IOException {
    // Given: a result that every transaction changes
    String summary =
        "SELECT order_status, count(*) AS orders, sum(total_amount) AS total FROM orders GROUP BY"
            + " order_status";
    Files.writeString(
        results.resolve("summary.sql"), "-- result: summary\n-- key: order_status\n" + summary);
    shop.onTarget(
        "CREATE TABLE cdc.results (name text, file text, definition text)",
        "CREATE VIEW mirror.summary_now AS " + summary.replace("FROM orders", "FROM mirror.orders"),
        "CREATE TABLE analytics.summary (order_status text, orders bigint, total numeric)",
        "CREATE FUNCTION mirror.sum_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM"
            + " analytics.summary; INSERT INTO analytics.summary SELECT * FROM mirror.summary_now;"
            + " RETURN NULL; END'",
        "CREATE TRIGGER sum_up AFTER INSERT OR UPDATE OR DELETE ON mirror.orders FOR EACH STATEMENT"
            + " EXECUTE FUNCTION mirror.sum_up()");
    awaitTransactions(written.transactions() + 50);

    // When
    ReconcileReport equal = reconcile(results);
    shop.onTarget(
        "UPDATE mirror.customers SET first_name = 'x' WHERE customer_id = 2",
        "DELETE FROM mirror.products WHERE product_id = 2");
    ReconcileReport different = reconcile(results);

    // Then
    assertThat(equal.tables()).extracting(TableComparison::name).contains("analytics.summary");
    assertThat(equal.differences()).as("%s", equal).isZero();
    assertThat(different.tables().stream().filter(one -> one.differences() > 0))
        .extracting(TableComparison::name, TableComparison::differences)
        .containsExactly(tuple("mirror.customers", 1L), tuple("mirror.products", 1L));
  }

  @Test
  void partitionsThatComeAndGoAreNamedWithTheRowsThatDiffer() throws SQLException {
    // Given
    shop.onSource(
        "CREATE TABLE sales (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day)",
        "CREATE TABLE sales_1 PARTITION OF sales FOR VALUES IN (1)",
        "CREATE TABLE sales_2 PARTITION OF sales FOR VALUES IN (2)",
        "CREATE TABLE sales_3 (id int NOT NULL, day int NOT NULL, PRIMARY KEY (id, day))",
        "INSERT INTO sales VALUES (1, 1), (2, 2)",
        "INSERT INTO sales_3 VALUES (3, 3)",
        "GRANT SELECT ON sales, sales_1, sales_2, sales_3 TO cdc_reader");
    shop.onTarget(
        "CREATE TABLE mirror.sales (id int, day int, _cdc_position pg_lsn, PRIMARY KEY (id, day))",
        "INSERT INTO mirror.sales VALUES (1, 1), (2, 2)",
        "INSERT INTO cdc.offsets VALUES ('analytics', 'shop.public.sales', 0, 1)");
    watch(20).runOnce();
    String before = states();

    // When
    shop.onSource(
        "ALTER TABLE sales DETACH PARTITION sales_1",
        "ALTER TABLE sales ATTACH PARTITION sales_3 FOR VALUES IN (3)");
    watch(20).runOnce();

    // Then
    assertThat(before).contains("mirror.sales equal 0");
    assertThat(states()).contains("mirror.sales different 2");
    assertThat(value("SELECT problem FROM cdc.comparison WHERE target_table = 'mirror.sales'"))
        .isEqualTo(
            "attached since it was equal: sales_3; detached or dropped since it was equal: sales_1,"
                + " whose rows stay in the mirror");
  }

  @Test
  void aPublicationOfPartitionsAndChildrenThatInheritAreNamed() throws SQLException {
    // Given
    shop.onSource(
        "CREATE TABLE sales (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day)",
        "CREATE TABLE sales_1 PARTITION OF sales FOR VALUES IN (1)",
        "CREATE TABLE child (extra int) INHERITS (customers)",
        "GRANT SELECT ON sales, sales_1 TO cdc_reader");
    try (Connection source = DriverManager.getConnection(shop.sourceAdminUrl());
        Statement statement = source.createStatement()) {
      statement.execute("CREATE PUBLICATION by_leaves FOR TABLE public.sales");
    }
    shop.onTarget(
        "CREATE TABLE mirror.sales (id int, day int, _cdc_position pg_lsn, PRIMARY KEY (id, day))",
        "INSERT INTO cdc.offsets VALUES ('analytics', 'shop.public.sales', 0, 1)");

    // When
    watch(20).runOnce();

    // Then
    assertThat(value("SELECT problem FROM cdc.comparison WHERE target_table = 'mirror.sales'"))
        .contains(
            "publication by_leaves publishes the partitions of public.sales by themselves",
            "SET (publish_via_partition_root = true), then cdc table reread public.sales");
    assertThat(value("SELECT problem FROM cdc.comparison WHERE target_table = 'mirror.customers'"))
        .contains("public.customers has children that inherit from it (child)");
  }

  @Test
  void aSinkThatHasStoppedKeepsNoOtherFromBeingCompared() throws SQLException {
    // Given: a sink whose position stays, with two mirrors
    shop.onSource(
        "CREATE TABLE a_stopped (id int PRIMARY KEY)",
        "CREATE TABLE b_stopped (id int PRIMARY KEY)",
        "INSERT INTO a_stopped VALUES (1)",
        "INSERT INTO b_stopped VALUES (1)",
        "GRANT SELECT ON a_stopped, b_stopped TO cdc_reader");
    shop.onTarget(
        "CREATE TABLE mirror.a_stopped (id int PRIMARY KEY, _cdc_position pg_lsn)",
        "CREATE TABLE mirror.b_stopped (id int PRIMARY KEY, _cdc_position pg_lsn)",
        "INSERT INTO cdc.offsets VALUES ('stopped', 'shop.public.a_stopped', 0, 1),"
            + " ('stopped', 'shop.public.b_stopped', 0, 1)",
        "INSERT INTO cdc.position (sink, commit_lsn) VALUES ('stopped', '0/1')",
        "CREATE RULE stays AS ON UPDATE TO cdc.position WHERE OLD.sink = 'stopped' DO INSTEAD"
            + " NOTHING",
        "DELETE FROM mirror.customers WHERE customer_id = 2");

    // When
    watch(20).runOnce();

    // Then
    assertThat(states())
        .isEqualTo(
            "mirror.customers different 1, mirror.order_items equal 0, mirror.orders equal 0,"
                + " mirror.products equal 0");
    assertThat(said)
        .filteredOn(line -> line.contains("is left for the next round"))
        .hasSize(2)
        .allMatch(line -> line.contains("stopped is at 0/1"));
  }

  private ReconcileReport reconcile(Path results) {
    return new Reconciliation(
            new Reconciliation.Options(
                shop.sourceUrl("cdc_reader"),
                shop.targetUrl("analyst"),
                Optional.of(results),
                Duration.ofSeconds(60),
                5,
                false),
            said::add)
        .run();
  }

  private Watch watch(int pageRows) {
    return new Watch(
        new Watch.Options(
            shop.sourceUrl("cdc_reader"),
            shop.targetUrl("analyst"),
            shop.targetUrl("cdc_sink"),
            100,
            pageRows,
            5,
            Duration.ofMillis(300),
            Duration.ofMillis(100),
            PATIENCE),
        said::add);
  }

  private void awaitTransactions(long count) {
    Awaitility.await(count + " transactions")
        .atMost(LIMIT)
        .until(() -> written.transactions() >= count);
  }

  /** Whether the roles that read may connect. */
  private void refuse(boolean refused) throws SQLException {
    String can = refused ? "NOLOGIN" : "LOGIN";
    try (Connection connection = DriverManager.getConnection(shop.sourceAdminUrl());
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER ROLE analyst " + can);
    }
  }

  private void kill() throws SQLException {
    try (Connection connection = DriverManager.getConnection(shop.sourceAdminUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'cdc"
              + " reconcile%'");
    }
  }

  private String states() throws SQLException {
    return value(STATES);
  }

  private String first(String table) throws SQLException {
    return value(
        "SELECT first_differences FROM cdc.comparison WHERE target_table = '" + table + "'");
  }

  private String value(String query) throws SQLException {
    return ShopDatabases.value(shop.targetUrl("analyst"), query);
  }
}
