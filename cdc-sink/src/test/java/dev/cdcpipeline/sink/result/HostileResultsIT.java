package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.result.ResultCatalog.Request;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Definitions whose pieces of SQL would do more than describe rows: none of them is carried out.
 */
class HostileResultsIT {
  private static final String DEFINITION =
      """
      -- result: by_status
      -- key: order_status
      -- maintain: delta
      -- over: orders
      -- count: orders
      -- add: orders
      %s
      SELECT order_status, count(*) AS orders, 1 AS derived
      FROM orders WHERE order_status IS NOT NULL GROUP BY order_status
      """;

  private static EmbeddedPostgres postgres;
  private static int databases;

  private final ResultOptions options = ResultOptions.defaults();
  private final ResultCatalog catalog = new ResultCatalog(options);
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
    String database = "hostile_" + ++databases;
    try (Connection admin = postgres.getPostgresDatabase().getConnection();
        Statement statement = admin.createStatement()) {
      statement.execute("CREATE DATABASE " + database);
    }
    sink = postgres.getDatabase("postgres", database).getConnection();
    command = postgres.getDatabase("postgres", database).getConnection();
    ResultMaintainer results =
        new ResultMaintainer(options, Optional.of(List.of()), Clock.systemUTC());
    writer = new FakeWriter(sink, results);
    writer.createMirrors();
    try (Statement statement = sink.createStatement()) {
      statement.execute("CREATE TABLE mirror.secrets (id int PRIMARY KEY, word text)");
      statement.execute("INSERT INTO mirror.secrets VALUES (1, 'hidden')");
    }
    writer.open();
  }

  @AfterEach
  void disconnect() throws SQLException {
    sink.close();
    command.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-- view: v AS SELECT 1; CREATE TABLE mirror.evil (); COMMIT; BEGIN; CREATE VIEW v AS"
            + " SELECT 1",
        "-- derive: derived = 1) AS x FROM v; CREATE TABLE mirror.evil (); SELECT (1",
        "-- derive: derived = (SELECT 1) -- and the rest of the line",
        "-- recompute: true; CREATE TABLE mirror.evil ()",
        "-- measures: SELECT 1; CREATE TABLE mirror.evil ()",
        "-- affected: orders: SELECT 1) a; CREATE TABLE mirror.evil (); SELECT * FROM (SELECT 1",
        "-- type: derived int); CREATE TABLE mirror.evil (",
        "-- type: derived text DEFAULT pg_read_file('x')",
        "-- derive: derived = E'\\\\'; CREATE TABLE mirror.evil (); --'",
      })
  void aPieceThatIsMoreThanAPieceIsNoDefinition(String header) throws Exception {
    assertThatThrownBy(() -> ResultFile.parse("r.sql", DEFINITION.formatted(header)))
        .isInstanceOf(InvalidResultException.class)
        .hasMessageStartingWith("r.sql:7: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "-- derive: derived = set_config('search_path', 'x', false)"
            + " | 'derive: derived': function set_config() is volatile",
        "-- derive: derived = random() | 'derive: derived': function random() is volatile",
        "-- derive: derived = nextval('mirror.s') | function nextval() is volatile",
        "-- derive: derived = pg_read_file('PG_VERSION') | function pg_read_file() is volatile",
        "-- derive: derived = (SELECT count(*) FROM secrets) | 'derive: derived' reads"
            + " mirror.secrets",
        "-- derive: derived = query_to_xml('TABLE mirror.secrets', true, true, '')::text"
            + " | function query_to_xml() is volatile",
        "-- derive: derived = table_to_xml('mirror.secrets', true, true, '')::text"
            + " | function table_to_xml() is not immutable",
        "-- derive: derived = now() | 'derive: derived': function now() is not immutable",
        "-- derive: derived = CURRENT_DATE | CURRENT_TIMESTAMP and its like",
        "-- derive: derived = has_table_privilege('mirror.secrets', 'SELECT')"
            + " | function has_table_privilege() is not immutable",
        "-- derive: derived = current_setting('port') | function current_setting() is not"
            + " immutable",
        "-- derive: derived = to_regclass('mirror.secrets')::text | function to_regclass() is not"
            + " immutable",
        "-- derive: derived = mine(1) | function mine() is volatile",
        "-- derive: derived = no_such(1) | 'derive: derived' is refused: ",
        "-- recompute: set_config('a.b', 'x', false) = 'x' | 'recompute': function set_config()",
        "-- recompute: EXISTS (SELECT FROM secrets) | 'recompute' reads mirror.secrets",
        "-- affected: customers: SELECT (random() * 10)::text | 'affected: customers': function"
            + " random() is volatile",
        "-- affected: customers: SELECT word FROM secrets | 'affected: customers' reads"
            + " mirror.secrets",
        "-- affected: customers: SELECT usename::text FROM pg_shadow | 'affected: customers' reads"
            + " pg_catalog.pg_shadow",
        "-- affected: customers: SELECT 'a', 'b' | 'affected: customers' gives 2 columns for the 1"
            + " of the key",
        "-- measures: SELECT order_status, count(*) AS orders FROM orders TABLESAMPLE SYSTEM (50)"
            + " GROUP BY 1 | 'measures': TABLESAMPLE gives other rows",
        "-- measures: SELECT relname::text AS order_status, 1 AS orders FROM pg_class | 'measures'"
            + " reads pg_catalog.pg_class",
        "-- view: v AS SELECT rolpassword FROM pg_authid | view v reads pg_catalog.pg_authid",
        "-- view: v AS SELECT * FROM cdc.results | view v reads cdc.results",
        "-- view: v AS SELECT random() | view v: function random() is volatile",
        "-- view: v AS SELECT database_to_xml(true, true, '') | view v: function database_to_xml()"
            + " is not immutable",
      })
  void aPieceThatReadsOrCallsMoreIsRefused(String header, String problem) throws Exception {
    execute("CREATE SEQUENCE mirror.s");
    // the one that a piece seems to call, and the one that it may call between other types
    execute("CREATE FUNCTION mirror.mine(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'");
    execute("CREATE FUNCTION mirror.mine(numeric) RETURNS int LANGUAGE sql AS 'SELECT 1'");

    assertThat(apply(header)).startsWith("failed: r.sql: ").contains(problem);
    assertThat(value("SELECT to_regclass('analytics.by_status')")).isNull();
    assertThat(value("SELECT to_regclass('analytics.v')")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-- derive: derived = round(orders / nullif(orders, 0), 2)\n-- type: derived numeric(12,2)",
        "-- derive: derived = to_char(orders, '999') || ';)'\n-- type: derived text",
        "-- type: derived double precision",
        "-- type: derived character varying(20)",
        "-- recompute: orders <= 0",
        "-- affected: customers: SELECT order_status FROM orders JOIN changed_customers USING"
            + " (customer_id)",
        "-- view: v AS SELECT s.*, now() - s.updated_at AS age FROM by_status s, orders",
      })
  void anHonestPieceIsTaken(String header) throws Exception {
    assertThat(apply(header)).startsWith("built in ");
  }

  @Test
  void theSystemsOwnTablesAreNoMirrors() throws Exception {
    String definition =
        """
        -- result: roles
        -- key: order_id
        -- maintain: refresh
        -- affected: orders (order_id)
        SELECT order_id, (SELECT count(*) FROM pg_authid) AS n FROM orders
        """;
    List<Request> asked =
        catalog.apply(command, List.of(ResultFile.parse("roles.sql", definition)));
    writer.idle();

    assertThat(catalog.outcomes(command, asked).get(0).outcome().orElseThrow())
        .startsWith("failed: roles.sql: the SELECT reads pg_catalog.pg_authid");
  }

  private String apply(String header) throws Exception {
    ResultDefinition definition = ResultFile.parse("r.sql", DEFINITION.formatted(header));
    List<Request> asked = catalog.apply(command, List.of(definition));
    writer.idle();
    return catalog.outcomes(command, asked).get(0).outcome().orElseThrow();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = command.createStatement()) {
      statement.execute(sql);
    }
  }

  private String value(String sql) throws SQLException {
    try (Statement statement = command.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
