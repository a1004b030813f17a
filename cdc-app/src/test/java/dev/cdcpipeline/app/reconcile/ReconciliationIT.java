package dev.cdcpipeline.app.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.app.ShopDatabases;
import dev.cdcpipeline.app.reconcile.RowDifference.Cell;
import dev.cdcpipeline.app.reconcile.RowDifference.Kind;
import dev.cdcpipeline.app.simulate.OrderAudit;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.stack.Way;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

/** The target is filled by plain copies of what the source says, then damaged. */
class ReconciliationIT {

  private static final String SUMMARY =
      "SELECT order_status, count(*) AS order_count, coalesce(sum(total_amount), 0) AS total_value"
          + " FROM orders WHERE order_status IS NOT NULL GROUP BY order_status";
  private static final String STINTS =
      "SELECT date_trunc('hour', event_timestamp) AS window_start, order_status, count(*) AS"
          + " order_count, sum(total_amount) AS total_value FROM (SELECT *, lead(order_status) OVER"
          + " h AS next_status, lag(order_status) OVER h AS last_status FROM order_events WINDOW h"
          + " AS (PARTITION BY order_id ORDER BY commit_seq)) e WHERE order_status IS DISTINCT FROM"
          + " next_status GROUP BY 1, 2";
  private static final String LOG =
      "SELECT audit_id AS event_id, order_id, customer_id, customer_email, event_type,"
          + " order_status, total_amount, pg_xact_commit_timestamp(xmin) AT TIME ZONE 'UTC' AS"
          + " event_timestamp, audit_id AS commit_seq, near_lsn AS source_lsn, 1 AS source_order"
          + " FROM order_audit WHERE event_type <> 'baseline'";

  @TempDir private Path results;
  private static ShopDatabases filled;
  private ShopDatabases shop;

  @BeforeAll
  static void fillTheTarget() throws SQLException, IOException {
    ShopDatabases shop = ShopDatabases.create();
    OrderAudit.install(shop.sourceUrl());
    new Simulator(
            shop.sourceUrl(),
            new SimulationOptions(SimulationOptions.MAX_RATE, Duration.ofMinutes(1), 400, 21, 2))
        .run();
    WrittenShop.prepare(shop);
    copy(shop, SUMMARY, "analytics.order_status_summary");
    copy(shop, LOG, "analytics.order_events");
    shop.onTarget(
        "CREATE TABLE analytics.data_quality_violations (rule text, source_table text, row_key"
            + " text, detail text, resolved_at timestamptz)",
        "INSERT INTO analytics.data_quality_violations SELECT 'MISSING_CUSTOMER', 'orders',"
            + " order_id::text, 'none', NULL FROM mirror.orders WHERE customer_id IS NULL",
        "INSERT INTO analytics.data_quality_violations"
            + " VALUES ('MISSING_CUSTOMER', 'orders', '1', 'none', now())",
        "UPDATE cdc.position SET commit_lsn = 'FFFFFFFF/0'");
    filled = shop;
  }

  @BeforeEach
  void copyTheFilled() throws SQLException, IOException {
    shop = filled.copy();
    result("order_events", "-- maintain: log\n-- key: commit_seq\nSELECT order_id FROM orders");
    result("order_status_summary", "-- maintain: delta\n-- key: order_status\n" + SUMMARY);
    result(
        "data_quality_violations",
        "-- maintain: violations\n-- rule: MISSING_CUSTOMER\n-- key: order_id\n"
            + "SELECT order_id, 'none' AS detail FROM orders WHERE customer_id IS NULL");
  }

  @Test
  void aFaithfulTargetIsEqual() {
    ReconcileReport report = reconcile();

    assertThat(report.differences()).as("%s", report).isZero();
    assertThat(report.rows()).isGreaterThan(500);
    assertThat(report.notCompared()).isEmpty();
    assertThat(report.notes()).isEmpty();
    assertThat(report.tables().stream().map(TableComparison::name))
        .containsExactly(
            "mirror.customers",
            "mirror.order_items",
            "mirror.orders",
            "mirror.products",
            "analytics.data_quality_violations MISSING_CUSTOMER",
            "analytics.order_events",
            "analytics.order_events (consistency)",
            "analytics.order_status_summary");
  }

  @Test
  void aMissingAnUnexpectedAndADifferentRowOfAMirrorAreFound() throws SQLException {
    // Given
    shop.onTarget(
        "DELETE FROM mirror.products WHERE product_id = 1",
        "UPDATE mirror.products SET price = price + 0.01 WHERE product_id = 2",
        "INSERT INTO mirror.products (product_id, name) VALUES (-5, 'ghost')");

    // When
    TableComparison products = table(reconcile(), "mirror.products");

    // Then
    assertThat(products.differences()).isEqualTo(3);
    assertThat(products.first().stream().map(RowDifference::kind))
        .containsExactly(Kind.MISSING, Kind.DIFFERENT, Kind.UNEXPECTED);
    assertThat(products.first().get(1).cells().stream().map(Cell::column))
        .containsExactly("product_id", "price");
  }

  @Test
  void aWrongSumIsFound() throws SQLException {
    shop.onTarget("UPDATE analytics.order_status_summary SET total_value = total_value + 0.01");

    ReconcileReport report = reconcile();

    TableComparison summary = table(report, "analytics.order_status_summary");
    assertThat(summary.differences()).isEqualTo(summary.rows()).isPositive();
    assertThat(report.differences()).isEqualTo(summary.differences());
  }

  @Test
  void anEventThatIsMissingIsFoundThoughTheLastOneIsThere() throws SQLException {
    // Given
    shop.onTarget(
        "DELETE FROM analytics.order_events WHERE event_id = (SELECT min(event_id) FROM"
            + " analytics.order_events WHERE event_type = 'updated')");

    // When
    ReconcileReport report = reconcile();

    // Then
    assertThat(table(report, "analytics.order_events").differences()).isPositive();
  }

  @Test
  void anEventThatIsThereTwiceIsFound() throws SQLException {
    shop.onTarget(
        "INSERT INTO analytics.order_events SELECT * FROM analytics.order_events"
            + " WHERE event_type = 'created' LIMIT 1");

    ReconcileReport report = reconcile();

    assertThat(table(report, "analytics.order_events").differences()).isPositive();
    assertThat(table(report, "analytics.order_events (consistency)").differences()).isEqualTo(2);
  }

  @Test
  void anEMailThatIsNotTheOneAsOfTheCommitIsFound() throws SQLException {
    shop.onTarget(
        "UPDATE analytics.order_events SET customer_email = 'later@example.com'"
            + " WHERE event_id = (SELECT min(event_id) FROM analytics.order_events)");

    assertThat(table(reconcile(), "analytics.order_events").differences()).isEqualTo(1);
  }

  @Test
  void aLogThatBeginsWithASnapshotIsComparedFromThereOn() throws SQLException {
    // Given
    shop.onTarget(
        "CREATE TABLE analytics.kept AS SELECT DISTINCT ON (order_id) event_id, order_id FROM"
            + " analytics.order_events ORDER BY order_id, commit_seq DESC",
        "DELETE FROM analytics.order_events WHERE event_id NOT IN (SELECT event_id FROM"
            + " analytics.kept)",
        "DELETE FROM analytics.order_events WHERE event_type = 'deleted'",
        "UPDATE analytics.order_events SET event_type = 'snapshot', customer_email = 'now',"
            + " source_lsn = (SELECT max(source_lsn) FROM analytics.order_events)");

    // When
    ReconcileReport report = reconcile();

    // Then
    assertThat(report.differences()).as("%s", report).isZero();
  }

  /** It says when the order was missed, and what was last known of it. */
  @Test
  void anOrderThatALaterSnapshotMissesIsComparedAsDeleted() throws SQLException {
    // Given
    String deleted =
        "event_id = (SELECT min(event_id) FROM analytics.order_events WHERE event_type ="
            + " 'deleted')";
    shop.onTarget(
        "UPDATE analytics.order_events SET source_order = 0, order_status = 'older',"
            + " event_timestamp = event_timestamp + interval '1 minute' WHERE "
            + deleted);

    // When
    ReconcileReport missed = reconcile();
    shop.onTarget("UPDATE analytics.order_events SET event_type = 'updated' WHERE " + deleted);
    ReconcileReport kept = reconcile();

    // Then
    assertThat(table(missed, "analytics.order_events").differences()).isZero();
    assertThat(table(kept, "analytics.order_events").differences()).isPositive();
  }

  @Test
  void withoutAnAuditTheLastEventsAreComparedWithTheOrders() throws SQLException {
    // Given
    shop.onSource("DROP TABLE order_audit CASCADE", "DROP FUNCTION order_audit_row CASCADE");
    ReconcileReport before = reconcile();

    // When
    shop.onTarget(
        "UPDATE analytics.order_events SET order_status = 'lost' WHERE event_id = (SELECT"
            + " max(event_id) FROM analytics.order_events WHERE event_type = 'updated')");
    ReconcileReport after = reconcile();

    // Then
    assertThat(before.differences()).as("%s", before).isZero();
    assertThat(table(before, "analytics.order_events").compared()).contains("last event");
    assertThat(after.differences()).isPositive();
  }

  @Test
  void stintsAreFoundByAnOracleOfItsOwn() throws SQLException, IOException {
    // Given
    result("order_status_counts", "-- key: window_start, order_status\nSELECT 1 FROM order_events");
    shop.onTarget("SET search_path = analytics", "CREATE TABLE order_status_counts AS " + STINTS);

    // When
    ReconcileReport equal = reconcile();
    shop.onTarget("UPDATE analytics.order_status_counts SET order_count = order_count + 1");
    ReconcileReport wrong = reconcile();

    // Then
    assertThat(equal.differences()).as("%s", equal).isZero();
    assertThat(table(equal, "analytics.order_status_counts").rows()).isPositive();
    assertThat(wrong.differences()).isPositive();
  }

  @Test
  void aViolationThatIsNotRecordedIsFound() throws SQLException {
    shop.onSource("INSERT INTO orders (total_amount) VALUES (0)");

    ReconcileReport report = reconcile();

    assertThat(table(report, "analytics.data_quality_violations MISSING_CUSTOMER").first().get(0))
        .extracting(RowDifference::kind)
        .isEqualTo(Kind.MISSING);
  }

  @Test
  void aResultThatIsNotThereIsNamed() throws IOException {
    result("revenue", "-- key: category\nSELECT 1 AS category");

    assertThat(reconcile().notCompared())
        .containsExactly("analytics.revenue: not in the target; `cdc results apply` makes it");
  }

  @Test
  void aMirrorThatIsNotThereIsADifference() throws SQLException {
    shop.onTarget("DROP TABLE mirror.orders CASCADE");

    assertThat(table(reconcile(), "public.orders").compared())
        .isEqualTo("sink analytics reads it, but its mirror does not exist");
  }

  @Test
  void aTargetThatDoesNotCatchUpIsSaidToBeBehind() throws SQLException {
    shop.onTarget("UPDATE cdc.position SET commit_lsn = '0/1'");

    assertThatThrownBy(() -> reconcile())
        .isInstanceOf(ReconcileException.class)
        .hasMessageContaining(
            "within 2 s: analytics is at 0/1 and not connected; see what `cdc status` says");
  }

  @Test
  void tablesOfResultTopicsAreComparedByTheSameOracle() throws SQLException {
    // Given
    for (String table :
        List.of("order_events", "order_status_summary", "data_quality_violations")) {
      shop.onTarget("CREATE TABLE streamed." + table + " AS SELECT * FROM analytics." + table);
    }
    shop.onTarget(
        "UPDATE streamed.order_events SET customer_email = 'as known later' WHERE customer_email IS"
            + " NOT NULL");

    // When
    ReconcileReport equal = reconcile(Way.BOTH);
    shop.onTarget(
        "UPDATE streamed.order_status_summary SET order_count = order_count + 1",
        "UPDATE streamed.order_events SET customer_email = NULL WHERE event_id = (SELECT"
            + " min(event_id) FROM streamed.order_events WHERE customer_email IS NOT NULL)");
    ReconcileReport wrong = reconcile(Way.BOTH);

    // Then
    assertThat(equal.differences()).as("%s", equal).isZero();
    assertThat(table(equal, "streamed.order_events").rows()).isGreaterThan(100);
    assertThat(table(wrong, "streamed.order_events").differences()).isEqualTo(1);
    assertThat(table(wrong, "streamed.order_status_summary").differences()).isPositive();
    assertThat(table(wrong, "analytics.order_events").differences()).isZero();
    assertThat(Reconciliation.waysOf(shop.targetUrl("analyst"))).isEqualTo(Way.BOTH);
  }

  @Test
  void resolvedViolationsThatOnlyTheTopicsHadAreNoted() throws SQLException {
    // Given
    shop.onTarget(
        "CREATE TABLE streamed.data_quality_violations AS SELECT * FROM"
            + " analytics.data_quality_violations",
        "INSERT INTO streamed.data_quality_violations VALUES ('ORDER_TOTAL_MISMATCH', 'orders',"
            + " '7', 'x', now()), ('ORDER_TOTAL_MISMATCH', 'orders', '8', 'x', now())");

    // When
    ReconcileReport report = reconcile(Way.BOTH);

    // Then
    assertThat(report.notes())
        .containsExactly(
            "streamed.data_quality_violations: 2 resolved violations of ORDER_TOTAL_MISMATCH were"
                + " never recorded by the transactional sink, for example 7; they held for a"
                + " moment, or not at all");
  }

  @Test
  void aTopicWayWhoseSourceHasNoSlotIsNotComparedBlindly() {
    assertThatThrownBy(() -> reconcile(Way.TOPICS))
        .isInstanceOf(ReconcileException.class)
        .hasMessageContaining("it is at no place: there is no replication slot");
  }

  @Test
  void aHostileDefinitionIsNotRunAndTheOthersAre() throws SQLException, IOException {
    // Given
    String hostile =
        "-- key: order_status\nSELECT 'x' AS order_status; COMMIT; UPDATE products SET price = 0;"
            + " SELECT 'x' AS order_status";
    String wrapped =
        "-- key: order_status\nSELECT 'x' AS order_status) q; COMMIT; UPDATE products SET price ="
            + " 0; SELECT * FROM (SELECT 'x' AS order_status";
    result("hostile", hostile);
    result("wrapped", wrapped);
    shop.onTarget(
        "CREATE TABLE analytics.hostile (order_status text)",
        "CREATE TABLE analytics.wrapped (order_status text)",
        "CREATE TABLE analytics.evil (order_status text)",
        "CREATE TABLE cdc.results (name text, file text, definition text)",
        "INSERT INTO cdc.results VALUES ('evil', 'evil.sql', '-- result: evil\n"
            + wrapped.replace("'", "''")
            + "')");

    // When: even as the role that owns the source's tables
    ReconcileReport report = reconcile(Way.TABLE, shop.sourceUrl());

    // Then
    assertThat(
            ShopDatabases.value(shop.sourceUrl(), "SELECT count(*) FROM products WHERE price = 0"))
        .isEqualTo("0");
    assertThat(table(report, "analytics.hostile").compared()).contains("syntax error at or near");
    assertThat(table(report, "analytics.wrapped").compared()).contains("must be one SELECT");
    assertThat(table(report, "analytics.evil").compared()).contains("must be one SELECT");
    assertThat(table(report, "analytics.order_status_summary").differences()).isZero();
  }

  @Test
  void whatADefinitionWritesByAFunctionIsRefusedByTheServer() throws SQLException, IOException {
    // Given
    shop.onSource(
        "CREATE FUNCTION free() RETURNS text LANGUAGE plpgsql AS 'BEGIN UPDATE products SET price ="
            + " 0; RETURN 1; END'");
    result("cheap", "-- key: k\nSELECT free() AS k");
    shop.onTarget("CREATE TABLE analytics.cheap (k text)");

    // When
    ReconcileReport report = reconcile(Way.TABLE, shop.sourceUrl());

    // Then
    assertThat(
            ShopDatabases.value(shop.sourceUrl(), "SELECT count(*) FROM products WHERE price = 0"))
        .isEqualTo("0");
    assertThat(table(report, "analytics.cheap").compared()).contains("read-only transaction");
  }

  @Test
  void anAddressThatWouldChainStatementsIsRefused() {
    assertThatThrownBy(() -> reconcile(Way.TABLE, shop.sourceUrl() + "&preferQueryMode=simple"))
        .isInstanceOf(ReconcileException.class)
        .hasMessageContaining("preferQueryMode must be extended for a comparison, was simple");
  }

  @Test
  void aResultThatCannotBeComparedIsNamedAndTheOthersAreCompared()
      throws SQLException, IOException {
    // Given
    result("broken", "-- key: a\nSELECT no_such_column AS a FROM customers");
    shop.onTarget(
        "CREATE TABLE analytics.broken (a int)",
        "UPDATE analytics.order_status_summary SET order_count = -1");

    // When
    ReconcileReport report = reconcile();

    // Then
    assertThat(table(report, "analytics.broken").compared())
        .contains("SQLSTATE 42703", "no_such_column");
    assertThat(table(report, "analytics.order_status_summary").differences()).isPositive();
    assertThat(table(report, "mirror.customers").differences()).isZero();
  }

  @Test
  void mirrorsOfOtherSchemasOnBothSidesAreCompared() throws SQLException {
    // Given
    shop.onSource(
        "CREATE TABLE public.payment (id int PRIMARY KEY, amount numeric)",
        "INSERT INTO public.payment VALUES (1, 10), (2, 20)");
    try (Connection source = DriverManager.getConnection(shop.sourceAdminUrl());
        Statement statement = source.createStatement()) {
      statement.execute("CREATE SCHEMA rental");
      statement.execute("ALTER TABLE public.payment SET SCHEMA rental");
      statement.execute("GRANT USAGE ON SCHEMA rental TO cdc_reader");
      statement.execute("GRANT SELECT ON rental.payment TO cdc_reader");
    }
    shop.onTarget(
        "CREATE TABLE streamed.payment (id int PRIMARY KEY, amount numeric, _cdc_position pg_lsn)",
        "INSERT INTO streamed.payment VALUES (1, 10), (2, 21)",
        "INSERT INTO cdc.offsets VALUES ('rental', 'dvd.rental.payment', 0, 1)",
        "INSERT INTO cdc.position VALUES ('rental', 'FFFFFFFF/0')");

    // When
    TableComparison payment = table(reconcile(), "streamed.payment");

    // Then
    assertThat(payment.compared()).isEqualTo("rental.payment");
    assertThat(payment.rows()).isEqualTo(2);
    assertThat(payment.first())
        .containsExactly(
            new RowDifference(
                Kind.DIFFERENT,
                List.of(new Cell("id", true, "2", "2"), new Cell("amount", false, "20", "21"))));
  }

  @Test
  void theLedgerOfADeletedConnectorIsNotWaitedFor() throws SQLException {
    shop.onTarget("INSERT INTO cdc.position VALUES ('gone', '0/1')");

    try (Connection sink =
        DriverManager.getConnection(
            shop.targetUrl("cdc_sink") + "&ApplicationName=cdc-sink%20analytics")) {
      assertThat(sink.isValid(5)).isTrue();
      assertThat(reconcile().differences()).isZero();
    }
    assertThatThrownBy(() -> reconcile())
        .isInstanceOf(ReconcileException.class)
        .hasMessageContaining("gone is at 0/1 and not connected")
        .hasMessageContaining("`cdc sink drop NAME`");
  }

  @Test
  void aTableWithoutAKeyIsComparedByHowOftenEachRowIsThere() throws SQLException {
    // Given
    shop.onSource(
        "CREATE TABLE visits (page text, day date)",
        "GRANT SELECT ON visits TO cdc_reader",
        "INSERT INTO visits VALUES ('a', '2026-01-01'), ('a', '2026-01-01'), ('b', NULL)");
    shop.onTarget(
        "CREATE TABLE mirror.visits (page text, day date, _cdc_row text PRIMARY KEY, _cdc_position"
            + " pg_lsn)",
        "INSERT INTO mirror.visits VALUES ('a', '2026-01-01', '1'), ('b', NULL, '3'), ('a',"
            + " '2026-01-01', '2')",
        "INSERT INTO cdc.offsets VALUES ('analytics', 'shop.public.visits', 0, 1)");
    TableComparison equal = table(reconcile(), "mirror.visits");

    // When
    shop.onTarget("DELETE FROM mirror.visits WHERE _cdc_row = '2'");
    TableComparison lacking = table(reconcile(), "mirror.visits");

    // Then
    assertThat(equal.differences()).isZero();
    assertThat(equal.rows()).isEqualTo(3);
    assertThat(lacking.first())
        .containsExactly(
            new RowDifference(
                Kind.DIFFERENT,
                List.of(
                    new Cell("row", true, "(a,2026-01-01)", "(a,2026-01-01)"),
                    new Cell("times", false, "2", "1"))));
  }

  private ReconcileReport reconcile() {
    return reconcile(Way.TABLE);
  }

  private ReconcileReport reconcile(Way way) {
    return reconcile(way, shop.sourceUrl("cdc_reader"));
  }

  private ReconcileReport reconcile(Way way, String source) {
    return new Reconciliation(
            new Reconciliation.Options(
                source,
                shop.targetUrl("analyst"),
                Optional.of(results),
                Duration.ofSeconds(2),
                5,
                false,
                way),
            message -> {})
        .run();
  }

  private static TableComparison table(ReconcileReport report, String name) {
    return report.tables().stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " was not compared: " + report));
  }

  private void result(String name, String body) throws IOException {
    Files.writeString(results.resolve(name + ".sql"), "-- result: " + name + "\n" + body);
  }

  /** Makes a table in the target from a query on the source. */
  private static void copy(ShopDatabases shop, String query, String table)
      throws SQLException, IOException {
    String columns =
        ShopDatabases.value(
            shop.sourceUrl(),
            "SELECT string_agg(quote_ident(name) || ' ' || type, ', ') FROM (SELECT a.attname AS"
                + " name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a WHERE"
                + " a.attrelid = '"
                + view(shop, query)
                + "'::regclass AND a.attnum > 0 ORDER BY a.attnum) c");
    shop.onTarget("CREATE TABLE " + table + " (" + columns + ")");
    try (Connection from = DriverManager.getConnection(shop.sourceUrl());
        Connection to = DriverManager.getConnection(shop.targetUrl("cdc_sink"))) {
      StringWriter rows = new StringWriter();
      from.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (" + query + ") TO STDOUT", rows);
      to.unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY " + table + " FROM STDIN", new StringReader(rows.toString()));
    }
  }

  private static String view(ShopDatabases shop, String query) throws SQLException {
    shop.onSource("DROP VIEW IF EXISTS copied", "CREATE VIEW copied AS " + query);
    return "copied";
  }
}
