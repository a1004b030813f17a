package dev.cdcpipeline.sink.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A fresh database for each test in one embedded PostgreSQL for all of them. */
public final class TargetDatabase implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static EmbeddedPostgres server;

  private final String name = "target_" + NUMBER.incrementAndGet();
  private final Connection admin;

  public TargetDatabase() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url("postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    admin = DriverManager.getConnection(url(name));
  }

  private static synchronized String url(String database) {
    try {
      if (server == null) {
        server =
            EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_connections", "50")
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(TargetDatabase::stop));
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot start the embedded PostgreSQL", e);
    }
    return server.getJdbcUrl("postgres", database);
  }

  private static void stop() {
    try {
      server.close();
    } catch (IOException e) {
      throw new IllegalStateException("cannot stop the embedded PostgreSQL", e);
    }
  }

  public SessionOptions options() {
    return SessionOptions.of(url(name), "postgres", null);
  }

  /** A session as the sink has it. */
  public Connection open() {
    return TargetSession.open(options());
  }

  public void run(String sql) throws SQLException {
    try (Statement statement = admin.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The rows of a query, each as PostgreSQL's text of its columns joined by a bar. */
  public List<String> rows(String sql) throws SQLException {
    try (Statement statement = admin.createStatement();
        ResultSet row = query(statement, sql)) {
      List<String> rows = new ArrayList<>();
      while (row.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          values.add(row.getString(i));
        }
        rows.add(String.join("|", values.stream().map(String::valueOf).toList()));
      }
      return rows;
    }
  }

  // the result of the first statement that has one
  private static ResultSet query(Statement statement, String sql) throws SQLException {
    boolean result = statement.execute(sql);
    while (!result) {
      result = statement.getMoreResults();
    }
    return statement.getResultSet();
  }

  /** The only value of a query. */
  public String value(String sql) throws SQLException {
    return rows(sql).get(0);
  }

  @Override
  public void close() throws SQLException {
    admin.close();
  }
}
