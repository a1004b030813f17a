package dev.cdcpipeline.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** What {@code infra/sql} grants, and what it does not. */
class SqlScriptsIT {

  private static final String[] TABLES = {"customers", "products", "orders", "order_items"};

  @Test
  void runningThemAgainChangesNothing() throws SQLException {
    ShopDatabases databases = ShopDatabases.create();

    databases.runScripts();

    assertThat(ShopDatabases.value(databases.sourceUrl(), "SELECT count(*) FROM customers"))
        .isEqualTo("3");
    assertThat(ShopDatabases.value(databases.sourceUrl(), "SELECT count(*) FROM products"))
        .isEqualTo("4");
  }

  @Test
  void runningThemAgainWaitsForNobodyWhoWrites() throws SQLException {
    ShopDatabases databases = ShopDatabases.create();
    try (Connection writer = DriverManager.getConnection(databases.sourceUrl());
        Statement statement = writer.createStatement()) {
      statement.execute("BEGIN");
      for (String table : TABLES) {
        statement.execute("DELETE FROM " + table);
      }
      statement.execute("PREPARE TRANSACTION 'left behind'");

      databases.runScripts();

      statement.execute("ROLLBACK PREPARED 'left behind'");
    }
    assertThat(ShopDatabases.value(databases.sourceUrl(), "SELECT count(*) FROM customers"))
        .isEqualTo("3");
  }

  @Test
  void deletedSampleDataDoNotComeBack() throws SQLException {
    ShopDatabases databases = ShopDatabases.create();
    databases.onSource("DELETE FROM customers");

    databases.runScripts();

    assertThat(ShopDatabases.value(databases.sourceUrl(), "SELECT count(*) FROM customers"))
        .isEqualTo("0");
  }

  @Test
  void theConnectorReadsTheFourTablesAndNothingElse() throws SQLException {
    ShopDatabases databases = ShopDatabases.create();
    databases.onSource("CREATE TABLE secrets (x int)");
    String connector = databases.sourceUrl("cdc_connector");

    for (String table : TABLES) {
      ShopDatabases.value(connector, "SELECT count(*) FROM " + table);
    }

    assertDenied(connector, "SELECT count(*) FROM secrets");
    assertDenied(connector, "DELETE FROM orders RETURNING 1");
    assertDenied(connector, "CREATE TABLE mine (x int)");
    assertThat(
            ShopDatabases.value(
                connector,
                "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_publication_tables"
                    + " WHERE pubname = 'cdc_publication'"))
        .isEqualTo("customers order_items orders products");
  }

  @Test
  void theShopMayNotReplicateNorMakeSchemas() throws SQLException {
    ShopDatabases databases = ShopDatabases.create();

    assertThat(
            ShopDatabases.value(
                databases.sourceUrl(),
                "SELECT bool_or(rolreplication OR rolsuper OR rolcreatedb OR rolcreaterole)"
                    + " FROM pg_roles WHERE rolname IN ('shop', 'cdc_sink', 'analyst')"))
        .isEqualTo("f");
    assertDenied(databases.sourceUrl(), "CREATE SCHEMA mine");
  }

  @Test
  void theAnalystReadsWhatTheSinkMakesAndWritesNothing() throws SQLException {
    ShopDatabases databases = ShopDatabases.create();
    databases.onTarget(
        "CREATE TABLE mirror.orders AS SELECT 1 AS order_id",
        "CREATE TABLE analytics.order_status_summary AS SELECT 2 AS order_count",
        "CREATE TABLE cdc.position AS SELECT 3 AS commit_lsn");
    String analyst = databases.targetUrl("analyst");

    assertThat(
            ShopDatabases.value(
                analyst,
                "SELECT order_id + order_count + commit_lsn"
                    + " FROM orders, order_status_summary, position"))
        .isEqualTo("6");
    assertDenied(analyst, "DELETE FROM mirror.orders RETURNING 1");
    assertDenied(analyst, "CREATE TABLE analytics.mine (x int)");
    assertDenied(databases.targetUrl("cdc_sink"), "CREATE SCHEMA mine");
    assertDenied(databases.targetUrl("cdc_sink"), "CREATE TABLE public.mine (x int)");
  }

  private static void assertDenied(String url, String statement) {
    assertThatThrownBy(() -> ShopDatabases.value(url, statement))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
  }
}
