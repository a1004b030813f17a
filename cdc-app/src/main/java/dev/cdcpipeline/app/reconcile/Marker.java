package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Puts transactions of nothing but a logical message into the source's log. They come through as
 * empty transactions, so that the target's position moves on while nothing else is committed. Not
 * thread-safe.
 */
final class Marker implements AutoCloseable {

  private final String jdbcUrl;
  private Connection connection;

  /**
   * @param jdbcUrl the source, with user and password
   */
  Marker(String jdbcUrl) {
    this.jdbcUrl = jdbcUrl;
  }

  /**
   * Commits a marker.
   *
   * @throws SQLException the connection is closed; the next call opens another
   */
  void put() throws SQLException {
    boolean done = false;
    try {
      if (connection == null) {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", "cdc reconcile");
        properties.setProperty("connectTimeout", "10");
        connection = DriverManager.getConnection(jdbcUrl, properties);
      }
      put(connection);
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /**
   * Commits a marker by a connection that commits by itself.
   *
   * @return its place in the log
   */
  static Lsn put(Connection source) throws SQLException {
    return Lsn.parse(
        Query.of("SELECT pg_logical_emit_message(true, 'cdc', 'marker')").text(source));
  }

  /**
   * The end of the source's log: behind the commit of every transaction that a snapshot taken
   * before shows.
   */
  static Lsn endOfLog(Connection source) throws SQLException {
    return Lsn.parse(Query.of("SELECT pg_current_wal_insert_lsn()").text(source));
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
