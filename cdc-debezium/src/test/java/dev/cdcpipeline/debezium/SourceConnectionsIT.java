package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.relational.Column;
import io.debezium.relational.Table;
import io.debezium.relational.TableId;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Debezium's own connections to a server whose settings, types and tables are difficult. */
class SourceConnectionsIT {
  private static final List<String> HOSTILE =
      List.of(
          "intervalstyle = 'sql_standard'",
          "datestyle = 'German'",
          "bytea_output = 'escape'",
          "extra_float_digits = -15",
          "xmloption = 'document'",
          "quote_all_identifiers = on");

  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start() throws IOException, SQLException {
    postgres = EmbeddedPostgres.builder().setServerConfig("wal_level", "logical").start();
    List<String> sql = new ArrayList<>();
    sql.add("CREATE ROLE reader LOGIN REPLICATION PASSWORD 'reader'");
    for (String setting : HOSTILE) {
      sql.add("ALTER DATABASE postgres SET " + setting);
      sql.add("ALTER ROLE reader SET " + setting);
      sql.add("ALTER ROLE reader IN DATABASE postgres SET " + setting);
    }
    sql.add("CREATE TYPE mood AS ENUM ('ok', 'bad')");
    sql.add("CREATE DOMAIN feeling AS mood");
    sql.add("CREATE TYPE nothing AS ENUM ()");
    sql.add(
        "CREATE TABLE orders (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)");
    sql.add("INSERT INTO orders (id) VALUES (1)");
    ADDED.forEach((name, added) -> sql.add("ALTER TABLE orders ADD " + name + " " + added.type()));
    sql.add("ALTER TABLE orders ADD later int, ALTER later SET DEFAULT 5");
    sql.add("ALTER TABLE orders ADD other int DEFAULT 1, ALTER other SET DEFAULT 2");
    sql.add("CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)");
    sql.add("CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10)");
    sql.add("ALTER TABLE parted ADD kind text NOT NULL DEFAULT 'plain'");
    sql.add("CREATE TABLE rewritten (id int PRIMARY KEY)");
    sql.add("ALTER TABLE rewritten ADD a int DEFAULT 1, ADD b uuid DEFAULT gen_random_uuid()");
    sql.add("CREATE TABLE later (\"the id\" int PRIMARY KEY DEFERRABLE, v text)");
    sql.add("ALTER TABLE later REPLICA IDENTITY FULL");
    sql.add("CREATE TABLE listed (id int PRIMARY KEY, shown text, secret text)");
    sql.add("CREATE PUBLICATION shop FOR TABLE listed (id, shown), orders");
    sql.add("CREATE TABLE hidden (id int PRIMARY KEY)");
    sql.add("ALTER TABLE hidden ENABLE ROW LEVEL SECURITY");
    sql.add("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    try (Connection admin = postgres.getPostgresDatabase().getConnection();
        Statement statement = admin.createStatement()) {
      for (String one : sql) {
        statement.execute(one);
      }
    }
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  /** A column's type with its default, and what existing rows have. */
  private record Added(String type, String value) {}

  private static final Map<String, Added> ADDED =
      Map.ofEntries(
          Map.entry("a_time", new Added("time DEFAULT '00:00'", "00:00:00")),
          Map.entry("a_number", new Added("numeric NOT NULL DEFAULT -1.50", "-1.50")),
          Map.entry("an_array", new Added("text[] DEFAULT '{}'", "{}")),
          Map.entry("texts", new Added("text[] DEFAULT '{a,\"b \\\" c\"}'", "{a,\"b \\\" c\"}")),
          Map.entry("a_text", new Added("text DEFAULT 'it''s {\"\\'", "it's {\"\\")),
          Map.entry("a_null", new Added("text DEFAULT 'NULL'", "NULL")),
          Map.entry("empty", new Added("text DEFAULT ''", "")),
          Map.entry("a_date", new Added("date DEFAULT 'infinity'", "infinity")),
          Map.entry("a_day", new Added("date DEFAULT '1582-10-10'", "1582-10-10")),
          Map.entry("bits", new Added("varbit DEFAULT B'1'", "1")),
          Map.entry("a_bit", new Added("bit(1) NOT NULL DEFAULT B'0'", "0")),
          Map.entry("an_interval", new Added("interval DEFAULT '-1 day'", "-1 days")),
          Map.entry("raw", new Added("bytea DEFAULT '\\x00ff'", "\\x00ff")),
          Map.entry("a_box", new Added("box DEFAULT '(1,1),(0,0)'", "(1,1),(0,0)")),
          Map.entry("a_double", new Added("float8 DEFAULT 0.1", "0.1")),
          Map.entry("who", new Added("text NOT NULL DEFAULT current_user", "postgres")),
          Map.entry("felt", new Added("feeling", null)),
          Map.entry("none", new Added("nothing", null)));

  private static PostgresConnectorConfig config() {
    return new PostgresConnectorConfig(
        SourceConnections.in(
            Configuration.from(
                Map.of(
                    "topic.prefix", "shop",
                    "publication.name", "shop",
                    "database.hostname", "localhost",
                    "database.port", Integer.toString(postgres.getPort()),
                    "database.user", "reader",
                    "database.password", "reader",
                    "database.dbname", "postgres"))));
  }

  private static PostgresConnection connect(UnaryOperator<Configuration.Builder> more) {
    Configuration jdbc = config().getJdbcConfig();
    return new PostgresConnection(
        JdbcConfiguration.adapt(more.apply(jdbc.edit()).build()),
        PostgresConnection.CONNECTION_GENERAL);
  }

  private static Configuration.Builder streaming(Configuration.Builder jdbc) {
    return jdbc.with("replication", "database").with("preferQueryMode", "simple");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noOneElsesSettingChangesTheTextOfAValue(boolean stream) throws SQLException {
    try (PostgresConnection connection =
        connect(stream ? SourceConnectionsIT::streaming : jdbc -> jdbc)) {
      for (Map.Entry<String, String> setting :
          Map.of(
                  "IntervalStyle", "postgres",
                  "bytea_output", "hex",
                  "extra_float_digits", "3",
                  "xmloption", "content",
                  "lc_monetary", "C",
                  "row_security", "off",
                  "quote_all_identifiers", "off")
              .entrySet()) {
        assertThat(value(connection, "SHOW " + setting.getKey()))
            .as(setting.getKey())
            .isEqualTo(setting.getValue());
      }
      assertThat(value(connection, "SHOW DateStyle")).startsWith("ISO");
    }
  }

  @Test
  void optionsOfTheConfigurationStay() throws SQLException {
    try (PostgresConnection connection =
        connect(jdbc -> jdbc.with("options", "-c work_mem=5MB -c intervalstyle=iso_8601"))) {
      assertThat(value(connection, "SHOW work_mem")).isEqualTo("5MB");
      assertThat(value(connection, "SHOW IntervalStyle")).isEqualTo("postgres");
    }
  }

  @Test
  void aSnapshotThatRowSecurityWouldCutFails() throws SQLException {
    try (PostgresConnection connection = connect(jdbc -> jdbc)) {
      assertThatThrownBy(() -> value(connection, "SELECT count(*) FROM hidden"))
          .hasMessageContaining("row-level security");
    }
  }

  @Test
  void aDomainOverAnEnumAndAnEnumWithoutLabelsAreTypes() {
    TypeRegistry types = PostgresConnection.createTypeRegistry(config().getJdbcConfig());

    assertThat(types.get("feeling").getRootType().getName()).isEqualTo("mood");
    assertThat(types.get("mood").getEnumValues()).containsExactly("ok", "bad");
    assertThat(types.get("nothing").isEnumType()).isFalse();
  }

  /**
   * One statement swaps two of its keys: nothing tells that the second delete is of another row.
   */
  @Test
  void aTableWhoseKeyIsDeferrableIsRefusedUntilTheStatementInTheMessageWasRun()
      throws SQLException {
    Table later =
        Table.editor()
            .tableId(new TableId(null, "public", "later"))
            .addColumns(Column.editor().name("the id").create(), Column.editor().name("v").create())
            .setPrimaryKeyNames("the id")
            .create();
    try (Connection admin = postgres.getPostgresDatabase().getConnection();
        Statement statement = admin.createStatement();
        PostgresConnection connection = connect(jdbc -> jdbc)) {
      RowIdentities identities = new RowIdentities(connection, config());
      int relation = Integer.parseInt(value(connection, "SELECT 'later'::regclass::oid"));

      Throwable refused = catchThrowable(() -> identities.check(relation, later));

      assertThat(refused).hasMessageContaining("its key (the id) is DEFERRABLE");
      statement.execute(
          refused.getMessage().replaceAll("(?s).*run at the source: (.*), then restart.*", "$1"));
      identities.check(relation, later);

      statement.execute("ALTER TABLE later DROP CONSTRAINT later_pkey");
      statement.execute("ALTER TABLE later ADD PRIMARY KEY (\"the id\") DEFERRABLE");
      assertThatThrownBy(() -> identities.check(relation, later)).hasMessageContaining("DEFERR");
      statement.execute("CREATE UNIQUE INDEX ON later (\"the id\")");
      identities.check(relation, later);
    }
  }

  @Test
  void debeziumSeesNeitherDefaultsNorGeneratedColumns() throws SQLException {
    Map<String, String> defaults = new HashMap<>();
    try (PostgresConnection connection = connect(jdbc -> jdbc);
        ResultSet columns =
            connection.connection().getMetaData().getColumns(null, "public", "orders", null)) {
      while (columns.next()) {
        defaults.put(columns.getString(4), columns.getString(13));
      }
    }

    assertThat(defaults).containsKeys("id", "a_time", "other").doesNotContainKey("twice");
    assertThat(defaults.values()).containsOnlyNulls();
  }

  @ParameterizedTest
  @CsvSource({"listed, id shown", "later, the id v"})
  void debeziumSeesTheColumnsThatThePublicationHas(String table, String expected)
      throws SQLException {
    List<String> names = new ArrayList<>();
    try (PostgresConnection connection = connect(jdbc -> jdbc);
        ResultSet columns =
            connection.connection().getMetaData().getColumns(null, "public", table, null)) {
      while (columns.next()) {
        names.add(columns.getString("COLUMN_NAME"));
      }
    }

    assertThat(String.join(" ", names)).isEqualTo(expected);
  }

  @Test
  void datesAreOnTheGregorianCalendarAtAllTimes() throws SQLException {
    List<LocalDate> days = new ArrayList<>();
    for (LocalDate day = LocalDate.of(1582, 9, 30);
        day.isBefore(LocalDate.of(1582, 10, 20));
        day = day.plusDays(1)) {
      days.add(day);
    }
    days.addAll(
        List.of(
            LocalDate.of(1, 1, 1),
            LocalDate.of(1500, 2, 28),
            LocalDate.of(1500, 3, 1),
            LocalDate.of(1970, 1, 1),
            LocalDate.of(294276, 12, 31)));
    try (PostgresConnection connection = connect(jdbc -> jdbc);
        PreparedStatement select = connection.connection().prepareStatement("SELECT ?::date")) {
      for (LocalDate day : days) {
        // by the server's plan from the fifth time on
        select.setString(1, day.toString().replace("+", ""));
        try (ResultSet row = select.executeQuery()) {
          row.next();
          assertThat(EpochDays.of("a day", row.getObject(1)))
              .as("%s", day)
              .isEqualTo((int) day.toEpochDay());
        }
      }
    }
  }

  @Test
  void theCatalogueSaysWhatExistingRowsHave() {
    Map<String, String> expected = new HashMap<>(Map.of("other", "1"));
    ADDED.forEach(
        (name, added) -> {
          if (added.value() != null) {
            expected.put(name, added.value());
          }
        });

    assertThat(ColumnFacts.missingValues(config(), "public", "orders")).isEqualTo(expected);
    assertThat(ColumnFacts.missingValues(config(), "public", "parted"))
        .isEqualTo(Map.of("kind", "plain"));
    assertThat(ColumnFacts.missingValues(config(), "public", "rewritten")).isEmpty();
    assertThat(ColumnFacts.missingValues(config(), "public", "gone")).isEmpty();
  }

  private static String value(PostgresConnection connection, String sql) throws SQLException {
    try (Statement statement = connection.connection().createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
