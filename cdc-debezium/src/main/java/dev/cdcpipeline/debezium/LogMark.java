package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalLong;

/** Writes logical messages to the source's log to learn where it ends. Not thread-safe. */
final class LogMark implements AutoCloseable {
  private static final String SQL =
      "SELECT CASE WHEN NOT pg_is_in_recovery() THEN"
          + " pg_logical_emit_message(true, 'cdc-incremental-snapshot', '')::text END";

  private final PostgresConnectorConfig config;
  private PostgresConnection connection;

  LogMark(PostgresConnectorConfig config) {
    this.config = config;
  }

  /**
   * Where the log ends now. A source that is silent otherwise tells the stream by the message that
   * it has come so far.
   *
   * @return empty if the source is a standby, on which no message can be written
   */
  OptionalLong write() throws SQLException {
    if (connection == null) {
      connection =
          new PostgresConnection(
              config.getJdbcConfig(), PostgresConnection.CONNECTION_VALIDATE_CONNECTION);
    }
    try (Statement statement = connection.connection().createStatement();
        ResultSet row = statement.executeQuery(SQL)) {
      row.next();
      String lsn = row.getString(1);
      return lsn == null ? OptionalLong.empty() : OptionalLong.of(Lsn.valueOf(lsn).asLong());
    } catch (SQLException e) {
      close();
      throw e;
    }
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
