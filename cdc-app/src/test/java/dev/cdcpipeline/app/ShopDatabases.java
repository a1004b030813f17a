package dev.cdcpipeline.app;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A source and a target database made by the files in {@code infra/sql}, on a PostgreSQL server
 * that all tests of a run share. Each instance has databases of its own.
 */
public final class ShopDatabases {

  private static final String PASSWORD = "it's a test";
  private static EmbeddedPostgres server;
  private static int instances;

  private final String source;
  private final String target;

  private ShopDatabases(String source, String target) {
    this.source = source;
    this.target = target;
  }

  public static ShopDatabases create() throws SQLException {
    ShopDatabases databases = createFrom("template1", "template1");
    databases.runScripts();
    return databases;
  }

  /** Databases with all that these hold; nobody may be connected to these. */
  public ShopDatabases copy() throws SQLException {
    return createFrom(source, target);
  }

  private static synchronized ShopDatabases createFrom(String source, String target)
      throws SQLException {
    if (server == null) {
      server = start();
    }
    instances++;
    ShopDatabases databases = new ShopDatabases("shop" + instances, "analytics" + instances);
    try (Connection connection = DriverManager.getConnection(adminUrl("postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + databases.source + " TEMPLATE " + source);
      statement.execute("CREATE DATABASE " + databases.target + " TEMPLATE " + target);
    }
    return databases;
  }

  private static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.builder()
          .setServerConfig("wal_level", "logical")
          .setServerConfig("track_commit_timestamp", "on")
          .setServerConfig("max_connections", "100")
          .setServerConfig("max_prepared_transactions", "10")
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start PostgreSQL", e);
    }
  }

  /** Runs {@code infra/sql/source.sql} and {@code target.sql}, as often as one likes. */
  public void runScripts() throws SQLException {
    run(source, "source.sql", "cdc.shop_password", "cdc.connector_password", "cdc.reader_password");
    run(target, "target.sql", "cdc.sink_password", "cdc.analyst_password");
  }

  /** Runs one of {@code infra/sql} with the password settings named. */
  private static void run(String database, String file, String... settings) throws SQLException {
    try (Connection connection = DriverManager.getConnection(adminUrl(database))) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET lock_timeout = '20s'");
      }
      for (String setting : settings) {
        try (PreparedStatement set =
            connection.prepareStatement("SELECT set_config(?, ?, false)")) {
          set.setString(1, setting);
          set.setString(2, PASSWORD);
          set.execute();
        }
      }
      try (Statement statement = connection.createStatement()) {
        statement.execute(Files.readString(Path.of("..", "infra", "sql", file)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The source as the role named. */
  public String sourceUrl(String role) {
    return url(source, role);
  }

  /** The source as the shop. */
  public String sourceUrl() {
    return sourceUrl("shop");
  }

  /** The target as the role named. */
  public String targetUrl(String role) {
    return url(target, role);
  }

  /** The source as superuser. */
  public String sourceAdminUrl() {
    return adminUrl(source);
  }

  public void onSource(String... statements) throws SQLException {
    execute(sourceUrl(), statements);
  }

  /** Runs statements as the sink, which owns the target's schemas. */
  public void onTarget(String... statements) throws SQLException {
    execute(targetUrl("cdc_sink"), statements);
  }

  private static void execute(String url, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The first column of the first row, as text. */
  public static String value(String url, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private static String adminUrl(String database) {
    return server.getJdbcUrl("postgres", database);
  }

  private static String url(String database, String role) {
    return "jdbc:postgresql://127.0.0.1:"
        + server.getPort()
        + "/"
        + database
        + "?user="
        + role
        + "&password="
        + PASSWORD.replace(" ", "%20").replace("'", "%27");
  }
}
