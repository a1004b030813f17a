package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Writes logical messages to the source's log to learn where it ends. */
final class LogMark {
  private static final String SQL =
      "SELECT CASE WHEN NOT pg_is_in_recovery() THEN"
          + " pg_logical_emit_message(true, 'cdc-incremental-snapshot', '')::text END";

  private final PostgresConnectorConfig config;

  LogMark(PostgresConnectorConfig config) {
    this.config = config;
  }

  /**
   * Where the log ends now. A source that is silent otherwise tells the stream by the message that
   * it has come so far.
   *
   * @return 0 if the source is a standby, on which no message can be written
   */
  long write() throws SQLException {
    // a connection for each: whoever asks is never told that it was the last time
    try (PostgresConnection connection =
            new PostgresConnection(
                config.getJdbcConfig(), PostgresConnection.CONNECTION_VALIDATE_CONNECTION);
        Statement statement = connection.connection().createStatement();
        ResultSet row = statement.executeQuery(SQL)) {
      row.next();
      String lsn = row.getString(1);
      return lsn == null ? 0 : Lsn.valueOf(lsn).asLong();
    }
  }
}
