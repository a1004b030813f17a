package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import dev.cdcpipeline.sink.result.ResultCatalog.Request;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Definitions that come, change, fail, heal and go while the sink runs. */
class ResultsOnRequestIT {
  private static final String BY_STATUS =
      """
      -- result: by_status
      -- key: order_status
      -- maintain: refresh
      -- affected: orders (order_status)
      SELECT order_status, count(*) AS orders, %s AS total FROM orders GROUP BY order_status
      """;
  private static EmbeddedPostgres postgres;
  private static int databases;

  private final ResultOptions options = ResultOptions.defaults();
  private final ResultCatalog catalog = new ResultCatalog(options);
  private final ShopHistory history = new ShopHistory(7, 5);
  private String database;
  private Connection sink;
  private Connection command;
  private FakeWriter writer;

  @BeforeAll
  static void start() throws IOException {
    postgres = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  @BeforeEach
  void connect() throws Exception {
    database = "requests_" + ++databases;
    try (Connection admin = postgres.getPostgresDatabase().getConnection();
        Statement statement = admin.createStatement()) {
      statement.execute("CREATE DATABASE " + database);
    }
    sink = postgres.getDatabase("postgres", database).getConnection();
    command = postgres.getDatabase("postgres", database).getConnection();
    writer = writer(List.of());
    writer.createMirrors();
    writer.open();
    follow(10);
  }

  @AfterEach
  void disconnect() throws SQLException {
    sink.close();
    command.close();
  }

  @Test
  void aNewResultIsBuiltAndFollowsAndARemovedOneIsGone() throws Exception {
    List<Request> asked = catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    writer.idle();

    assertThat(catalog.outcomes(command, asked).get(0).outcome().orElseThrow())
        .startsWith("built in ");
    assertFollows("sum(total_amount)");
    follow(10);
    assertFollows("sum(total_amount)");

    List<Request> removal = catalog.apply(command, List.of());
    follow(1);

    assertThat(catalog.outcomes(command, removal).get(0).outcome()).hasValue("removed");
    assertThat(value("SELECT to_regclass('analytics.by_status')")).isNull();
    assertThat(catalog.list(command)).isEmpty();
  }

  @Test
  void aChangedResultIsBuiltBesideAndSwappedAtACommitBoundary() throws Exception {
    catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    follow(3);
    value("SELECT 1");
    execute("CREATE ROLE reader_" + databases);
    execute("GRANT SELECT ON analytics.by_status TO reader_" + databases);

    List<Request> asked = catalog.apply(command, List.of(byStatus("max(shipping_address)")));
    follow(1);

    assertThat(catalog.outcomes(command, asked).get(0).outcome().orElseThrow())
        .startsWith("built in ");
    assertFollows("max(shipping_address)");
    assertThat(
            value(
                "SELECT has_table_privilege('reader_"
                    + databases
                    + "', 'analytics.by_status', 'SELECT')"))
        .isEqualTo("t");
    follow(5);
    assertFollows("max(shipping_address)");
  }

  @Test
  void applyingTheSameDefinitionsAsksForNothing() throws Exception {
    catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    writer.idle();

    assertThat(catalog.apply(command, List.of(byStatus("sum(total_amount)")))).isEmpty();
  }

  @Test
  void aResultThatDividesByZeroStandsStillWhileTheRestGoesOnAndRebuildHealsIt() throws Exception {
    ResultDefinition fragile =
        ResultFile.parse(
            "fragile.sql",
            """
            -- result: fragile
            -- key: item_id
            -- maintain: refresh
            -- affected: order_items (item_id)
            SELECT item_id, 100 / quantity AS share FROM order_items WHERE item_id >= 1000
            """);
    ResultDefinition above =
        ResultFile.parse(
            "above.sql",
            """
            -- result: above
            -- key: item_id
            -- maintain: refresh
            -- affected: fragile (item_id)
            SELECT item_id, share + 1 AS more FROM fragile
            """);
    List<ResultDefinition> all =
        new ArrayList<>(List.of(byStatus("sum(total_amount)"), fragile, above));
    catalog.apply(command, all);
    writer.idle();
    item(1000, 5);
    assertThat(value("SELECT more FROM analytics.above WHERE item_id = 1000")).isEqualTo("21");

    item(1000, 0);

    assertThat(entry("fragile").state()).isEqualTo(State.FAILED);
    assertThat(entry("fragile").error()).hasValue("SQLSTATE 22012, division by zero");
    assertThat(entry("fragile").position()).isPresent();
    assertThat(entry("above").error()).hasValue("reads fragile, which failed");
    assertThat(value("SELECT quantity FROM mirror.order_items WHERE item_id = 1000"))
        .isEqualTo("0");
    assertThat(value("SELECT share FROM analytics.fragile WHERE item_id = 1000")).isEqualTo("20");
    follow(10);
    assertFollows("sum(total_amount)");

    item(1000, 4);
    Request rebuild = catalog.rebuild(command, "fragile");
    follow(1);

    assertThat(catalog.outcomes(command, List.of(rebuild)).get(0).outcome().orElseThrow())
        .startsWith("built in ");
    assertThat(entry("above").state()).isEqualTo(State.ACTIVE);
    assertThat(value("SELECT more FROM analytics.above WHERE item_id = 1000")).isEqualTo("26");
    item(1000, 10);
    assertThat(value("SELECT more FROM analytics.above WHERE item_id = 1000")).isEqualTo("11");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "max(now())",
        "sum(random())",
        "max(clock_timestamp())",
        "max(CURRENT_TIMESTAMP)",
        "max(age(created_at))",
        "max(nextval('mirror.s'))",
        "max(gen_random_uuid()::text)"
      })
  void aResultThatDependsOnWhenItIsComputedIsRefused(String expression) throws Exception {
    execute("CREATE SEQUENCE mirror.s");
    List<Request> asked = catalog.apply(command, List.of(byStatus(expression)));
    writer.idle();

    assertThat(catalog.outcomes(command, asked).get(0).outcome().orElseThrow())
        .startsWith("failed: by_status.sql: ")
        .endsWith("a result must depend on the rows alone");
  }

  @Test
  void aTableOfThatNameWithOtherColumnsIsNotTouched() throws Exception {
    execute("CREATE TABLE analytics.by_status (order_status text PRIMARY KEY)");
    List<Request> asked = catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    writer.idle();

    assertThat(catalog.outcomes(command, asked).get(0).outcome().orElseThrow())
        .startsWith("failed: by_status.sql: table analytics.by_status exists with columns")
        .endsWith("; drop or rename it");
  }

  @Test
  void aResultReadingATableTheHeaderDoesNotFollowIsRefused() throws Exception {
    List<Request> asked =
        catalog.apply(
            command, List.of(byStatus("(SELECT count(*) FROM customers) + sum(total_amount)")));
    writer.idle();

    assertThat(catalog.outcomes(command, asked).get(0).outcome())
        .hasValue(
            "failed: by_status.sql: the SELECT reads mirror.customers, of whose changes the header"
                + " says nothing; add '-- affected: customers (column, …)'");
  }

  @Test
  void aValueThatTheColumnWouldCutIsRefused() throws Exception {
    List<Request> asked = catalog.apply(command, List.of(byStatus("avg(total_amount)")));
    writer.idle();

    assertThat(catalog.outcomes(command, asked).get(0).outcome().orElseThrow())
        .contains("column total has more than two decimals");
  }

  @Test
  void aResultWaitsForItsTableAndIsBuiltInTheFlushThatBringsIt() throws Exception {
    execute("DROP TABLE mirror.products");
    ResultDefinition byCategory =
        ResultFile.parse(
            "c.sql",
            """
            -- result: by_category
            -- key: category
            -- maintain: refresh
            -- affected: products (category)
            SELECT category, count(*) AS products FROM products GROUP BY category
            """);
    catalog.apply(command, List.of(byCategory));
    writer.idle();
    assertThat(entry("by_category").state()).isEqualTo(State.WAITING);
    assertThat(entry("by_category").error()).hasValue("waits for table products");

    writer.createMirrors();
    writer.idle();

    assertThat(entry("by_category").state()).isEqualTo(State.ACTIVE);
  }

  @Test
  void theDirectoryAtStartReplacesWhatTheCatalogueHas() throws Exception {
    catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    writer.idle();
    sink.close();
    sink = postgres.getDatabase("postgres", database).getConnection();
    writer = writer(ResultFile.readDirectory(Path.of("../infra/results")));
    writer.open();

    assertThat(catalog.list(command)).hasSize(10).allMatch(e -> e.state() == State.ACTIVE);
    assertThat(value("SELECT to_regclass('analytics.by_status')")).isNull();
    assertThat(value("SELECT count(*) FROM analytics.order_events")).isNotEqualTo("0");
  }

  @Test
  void equalRowsAreNotWrittenAgain() throws Exception {
    catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    writer.idle();
    String before =
        value("SELECT string_agg(ctid::text, ',' ORDER BY order_status) FROM analytics.by_status");

    catalog.rebuild(command, "by_status");
    writer.idle();

    assertThat(
            value(
                "SELECT string_agg(ctid::text, ',' ORDER BY order_status) FROM"
                    + " analytics.by_status"))
        .isEqualTo(before);
  }

  @Test
  void thePlanWarnsOfAScanAndPrintsTheIndexThatHelps() throws Exception {
    execute(
        "INSERT INTO mirror.orders (order_id, customer_id) SELECT i, i FROM generate_series(1000,"
            + " 30000) i");
    execute("ANALYZE mirror.orders");
    ResultDefinition d =
        ResultFile.parse(
            "p.sql",
            """
            -- result: by_customer
            -- key: customer_id
            -- maintain: refresh
            -- affected: orders (customer_id)
            SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id
            """);
    command.setAutoCommit(false);

    List<ResultPlan> plans = ResultPlan.of(command, options, d);

    assertThat(plans).hasSize(1);
    assertThat(plans.get(0).warnings().get(0).createIndex())
        .hasValue("CREATE INDEX ON mirror.orders (customer_id)");
    execute("CREATE INDEX ON mirror.orders (customer_id)");
    assertThat(ResultPlan.of(command, options, d).get(0).warnings()).isEmpty();
    command.rollback();
  }

  private FakeWriter writer(List<ResultDefinition> directory) throws SQLException {
    return new FakeWriter(
        sink,
        new ResultMaintainer(
            options,
            directory.isEmpty() ? Optional.empty() : Optional.of(directory),
            Clock.systemUTC()));
  }

  private static ResultDefinition byStatus(String total) {
    return ResultFile.parse("by_status.sql", BY_STATUS.formatted(total));
  }

  private void follow(int commits) throws SQLException {
    for (int i = 0; i < commits; i++) {
      writer.flush(List.of(history.next()), false);
    }
  }

  private void item(int id, int quantity) throws SQLException {
    SourceCommit next = history.next();
    writer.flush(
        List.of(
            next,
            new SourceCommit(
                next.commitLsn(),
                next.commitLsn() + 5,
                next.timeMicros(),
                List.of(
                    new SourceChange(
                        "order_items", 'u', Map.of("item_id", id, "quantity", quantity))))),
        false);
  }

  private void assertFollows(String total) throws SQLException {
    ResultsFollowRandomHistoriesIT.assertSame(
        sink,
        "by_status",
        "by_status",
        byStatus(total).select().replace("GROUP BY", "WHERE order_status IS NOT NULL GROUP BY"));
    sink.commit();
  }

  private CatalogueEntry entry(String name) throws SQLException {
    return catalog.list(command).stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = command.createStatement()) {
      statement.execute(sql);
    }
  }

  private String value(String sql) throws SQLException {
    try (Statement statement = command.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
