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

    assertThat(catalog.apply(command, List.of())).as("no file removes nothing").isEmpty();
    Request removal = catalog.remove(command, "by_status");
    follow(1);

    assertThat(catalog.outcomes(command, List.of(removal)).get(0).outcome()).hasValue("removed");
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
  void theDirectoryAtStartAddsToWhatTheCatalogueHas() throws Exception {
    catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    writer.idle();
    restart(Optional.of(ResultFile.readDirectory(Path.of("../infra/results"))));

    assertThat(catalog.list(command)).hasSize(11).allMatch(e -> e.state() == State.ACTIVE);
    assertThat(value("SELECT count(*) FROM analytics.order_events")).isNotEqualTo("0");
    assertThat(entry("by_status").fileAbsentSince()).isPresent();
    assertThat(entry("order_events").fileAbsentSince()).isEmpty();
    follow(5);
    assertFollows("sum(total_amount)");
  }

  /** As with a volume that is not mounted when the connector restarts. */
  @Test
  void anEmptyDirectoryAtStartRemovesNothing() throws Exception {
    List<ResultDefinition> files =
        List.of(byStatus("sum(total_amount)"), log("order_status"), onlyPaid());
    restart(Optional.of(files));
    follow(10);
    String events = value("SELECT string_agg(e::text, ';' ORDER BY id) FROM analytics.events e");

    restart(Optional.of(List.of()));

    assertThat(catalog.list(command)).hasSize(3).allMatch(e -> e.state() == State.ACTIVE);
    assertThat(catalog.list(command)).allMatch(e -> e.fileAbsentSince().isPresent());
    assertThat(value("SELECT string_agg(e::text, ';' ORDER BY id) FROM analytics.events e"))
        .isEqualTo(events);
    long before = Long.parseLong(value("SELECT count(*) FROM analytics.events"));
    follow(10);
    assertFollows("sum(total_amount)");
    assertThat(Long.parseLong(value("SELECT count(*) FROM analytics.events")))
        .isGreaterThan(before);

    restart(Optional.of(files));
    assertThat(catalog.list(command)).allMatch(e -> e.fileAbsentSince().isEmpty());
  }

  @Test
  void aLogThatFailedReportsWhatItMissedUntilItIsSettled() throws Exception {
    catalog.apply(command, List.of(log("100 / quantity AS share", "order_items", "item_id")));
    writer.idle();
    item(1000, 5);
    assertThat(catalog.gaps(command)).isEmpty();

    item(1000, 0);
    item(1001, 3);
    follow(1);

    assertThat(entry("events").state()).isEqualTo(State.FAILED);
    long logged = Long.parseLong(value("SELECT count(*) FROM analytics.events"));
    catalog.apply(
        command, List.of(log("100 / nullif(quantity, 0) AS share", "order_items", "item_id")));
    writer.idle();
    assertThat(entry("events").state()).isEqualTo(State.ACTIVE);
    LogGap gap = catalog.gaps(command).get(0);
    assertThat(gap.name()).isEqualTo("events");
    assertThat(gap.changes()).isGreaterThanOrEqualTo(2);
    assertThat(gap.from()).isBefore(gap.to());
    assertThat(value("SELECT count(*) FROM analytics.events")).isEqualTo(String.valueOf(logged));
    item(1002, 3);
    assertThat(catalog.gaps(command))
        .as("what it has got since is not missing")
        .containsExactly(gap);

    assertThat(catalog.settle(command, "events", "added by hand")).isTrue();
    assertThat(catalog.gaps(command)).isEmpty();
    assertThat(catalog.settle(command, "events", "again")).isFalse();
    assertThat(value("SELECT note || changes FROM cdc.log_gaps"))
        .isEqualTo("added by hand" + gap.changes());
  }

  @Test
  void resultsThatReadAChangedOneAreBuiltWithIt() throws Exception {
    ResultDefinition above =
        ResultFile.parse(
            "above.sql",
            """
            -- result: above
            -- key: order_status
            -- maintain: refresh
            -- affected: by_status (order_status)
            SELECT order_status, total * 10 AS tenfold FROM by_status
            """);
    catalog.apply(command, List.of(byStatus("sum(total_amount)"), above));
    writer.idle();

    catalog.apply(command, List.of(byStatus("count(customer_id)")));
    writer.idle();

    assertThat(
            value(
                "SELECT count(*) FROM analytics.by_status b FULL JOIN analytics.above a USING"
                    + " (order_status) WHERE a.tenfold IS DISTINCT FROM b.total * 10"))
        .isEqualTo("0");
  }

  @Test
  void twoSinksHaveResultsOfOneName() throws Exception {
    catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    writer.idle();
    ResultOptions others =
        new ResultOptions("mirror", "elsewhere", "cdc", "other", options.smallFlushRows());
    try (Connection second = postgres.getDatabase("postgres", database).getConnection()) {
      ResultMaintainer other =
          new ResultMaintainer(
              others, Optional.of(List.of(byStatus("count(*)"))), Clock.systemUTC());
      execute("CREATE SCHEMA elsewhere");
      new FakeWriter(second, other).open();
      second.commit();

      assertThat(new ResultCatalog(others).list(command)).hasSize(1);
      assertThat(catalog.list(command)).hasSize(1);
      assertThat(entry("by_status").definition().select()).contains("sum(total_amount)");
      assertThat(value("SELECT count(*) FROM elsewhere.by_status")).isNotEqualTo("0");
    }
    follow(5);
    assertFollows("sum(total_amount)");
  }

  /** The catalogue of an earlier version, which knew no sinks. */
  @Test
  void takesOnTheCatalogueOfAnEarlierVersion() throws Exception {
    catalog.apply(command, List.of(byStatus("sum(total_amount)")));
    writer.idle();
    execute(
        "DROP TABLE cdc.log_gaps; ALTER TABLE cdc.results DROP CONSTRAINT results_pkey,"
            + " ADD PRIMARY KEY (name), DROP COLUMN sink, DROP COLUMN file_absent_since;"
            + " ALTER TABLE cdc.result_requests DROP COLUMN sink");

    restart(Optional.empty());

    assertThat(entry("by_status").state()).isEqualTo(State.ACTIVE);
    follow(5);
    assertFollows("sum(total_amount)");
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

  private void restart(Optional<List<ResultDefinition>> directory) throws SQLException {
    sink.close();
    sink = postgres.getDatabase("postgres", database).getConnection();
    writer = new FakeWriter(sink, new ResultMaintainer(options, directory, Clock.systemUTC()));
    writer.open();
  }

  private static ResultDefinition log(String column) {
    return log(column, "orders", "order_id");
  }

  private static ResultDefinition log(String column, String table, String key) {
    return ResultFile.parse(
        "events.sql",
        """
        -- result: events
        -- identity: id
        -- key: %3$s, seq, source_order, op
        -- maintain: log
        -- over: %2$s
        SELECT %3$s, _cdc_commit_seq AS seq, _cdc_source_order AS source_order, _cdc_op AS op, %1$s
        FROM %2$s WHERE %3$s >= 1000 OR '%2$s' = 'orders'
        """
            .formatted(column, table, key));
  }

  private static ResultDefinition onlyPaid() {
    return ResultFile.parse(
        "negative.sql",
        """
        -- result: broken
        -- rule: NEGATIVE
        -- key: order_id
        -- maintain: violations
        -- over: orders
        -- affected: orders (order_id)
        SELECT order_id, total_amount::text AS detail FROM orders WHERE total_amount < 0
        """);
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
