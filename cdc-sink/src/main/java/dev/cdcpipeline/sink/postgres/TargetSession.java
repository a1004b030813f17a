package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.sink.binary.BinaryType;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.stream.Collectors;

/** Opens connections to the target with every setting that rows and results depend on pinned. */
public final class TargetSession {
  // arrays that are sent as bytes
  private static final String ARRAYS =
      Arrays.stream(BinaryType.values())
          .map(type -> Integer.toString(type.arrayOid()))
          .collect(Collectors.joining(","));

  private TargetSession() {}

  /** How the sessions of a sink call themselves in {@code pg_stat_activity}. */
  public static String applicationName(String sink) {
    return "cdc-sink " + sink;
  }

  /**
   * A connection with autocommit off.
   *
   * @throws TransientWriteException the target is away; try again
   * @throws FatalWriteException it refuses the role, the password or the database
   */
  public static Connection open(SessionOptions options) {
    Properties properties = new Properties();
    properties.setProperty("user", options.user());
    if (options.password() != null) {
      properties.setProperty("password", options.password());
    }
    properties.setProperty("ApplicationName", options.applicationName());
    properties.setProperty("prepareThreshold", "1");
    properties.setProperty("binaryTransferEnable", ARRAYS);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("tcpNoDelay", "true");
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("loginTimeout", "15");
    try {
      Connection connection = DriverManager.getConnection(options.url(), properties);
      try {
        configure(connection, options);
        return connection;
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw SqlStates.classify("connect to the target " + options, e);
    }
  }

  private static void configure(Connection connection, SessionOptions options) throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          String.join(
              "; ",
              "SET search_path = " + SqlIdentifiers.list(options.searchPath()),
              "SET TimeZone = 'UTC'",
              "SET DateStyle = 'ISO, YMD'",
              "SET IntervalStyle = 'postgres'",
              "SET bytea_output = 'hex'",
              "SET xmloption = 'content'",
              "SET array_nulls = on",
              "SET lc_monetary = 'C'",
              "SET extra_float_digits = 1",
              "SET standard_conforming_strings = on",
              "SET default_transaction_isolation = 'read committed'",
              "SET client_min_messages = warning",
              "SET jit = off",
              "SET plan_cache_mode = force_generic_plan",
              "SET synchronous_commit = " + (options.synchronousCommit() ? "on" : "off"),
              "SET lock_timeout = " + options.lockTimeout().toMillis(),
              "SET statement_timeout = " + options.statementTimeout().toMillis(),
              "SET idle_in_transaction_session_timeout = " + millis(options)));
    }
    connection.setAutoCommit(false);
  }

  private static long millis(SessionOptions options) {
    Duration timeout = options.idleInTransactionTimeout();
    return timeout.toMillis();
  }
}
