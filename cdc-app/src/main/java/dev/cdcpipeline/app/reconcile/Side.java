package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/**
 * The source or the target as the comparison reads it: read-only, one snapshot at a time, and with
 * settings that make both servers write a value as the same text. A connection that breaks is
 * opened again by the next reading. Not thread-safe.
 */
final class Side implements AutoCloseable {

  private static final String[] SETTINGS = {
    "SET default_transaction_read_only = on",
    "SET TIME ZONE 'UTC'",
    "SET datestyle = 'ISO, MDY'",
    "SET intervalstyle = 'postgres'",
    "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'",
    "SET xmlbinary = 'base64'",
    "SET lc_monetary = 'C'",
    "SET lock_timeout = '10s'",
    "SET idle_in_transaction_session_timeout = '60s'",
  };

  private final String jdbcUrl;
  private Connection connection;
  private long busyNanos;

  /**
   * @param jdbcUrl with user and password
   */
  Side(String jdbcUrl) {
    this.jdbcUrl = jdbcUrl;
  }

  /** What is done with one snapshot. */
  interface Reading<T> {
    T from(Connection snapshot) throws SQLException;
  }

  /**
   * Reads with one snapshot, which is let go at the end.
   *
   * @throws SQLException the connection is closed; reading again opens another
   */
  <T> T read(Reading<T> reading) throws SQLException {
    long start = System.nanoTime();
    boolean done = false;
    try {
      if (connection == null) {
        connection = open(jdbcUrl);
      }
      T read = reading.from(connection);
      connection.rollback();
      done = true;
      return read;
    } finally {
      busyNanos += System.nanoTime() - start;
      if (!done) {
        close();
      }
    }
  }

  /** How long readings have taken, since the last call. */
  long takeBusyNanos() {
    long taken = busyNanos;
    busyNanos = 0;
    return taken;
  }

  /** A read-only connection in REPEATABLE READ, its settings pinned. */
  static Connection open(String jdbcUrl) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "cdc reconcile");
    // Values are compared as the servers write them.
    properties.setProperty("binaryTransfer", "false");
    properties.setProperty("prepareThreshold", "0");
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("tcpKeepAlive", "true");
    Connection connection = DriverManager.getConnection(jdbcUrl, properties);
    try {
      OneStatement.require(connection);
      for (String setting : SETTINGS) {
        Query.of(setting).run(connection);
      }
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException | ReconcileException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public void close() {
    Connection closing = connection;
    connection = null;
    if (closing != null) {
      try {
        closing.close();
      } catch (SQLException e) {
        // it is not used again, whatever became of it
        return;
      }
    }
  }
}
