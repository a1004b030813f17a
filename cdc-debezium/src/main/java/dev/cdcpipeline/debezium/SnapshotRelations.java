package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.StringJoiner;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.header.Headers;

/**
 * Tells of the tables of a snapshot what {@link RelationWatch} tells of those that are streamed.
 */
final class SnapshotRelations implements SnapshotAnnouncements.Identity {
  private static final String RELATION =
      """
      SELECT c.oid, a.attname, a.attnum
      FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
      WHERE n.nspname = ? AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum\
      """;

  private final PostgresConnectorConfig config;

  SnapshotRelations(PostgresConnectorConfig config) {
    this.config = config;
  }

  @Override
  public void tell(String schema, String table, Headers headers) {
    try (PostgresConnection connection =
            new PostgresConnection(config.getJdbcConfig(), PostgresConnection.CONNECTION_GENERAL);
        PreparedStatement query = connection.connection().prepareStatement(RELATION)) {
      query.setString(1, schema);
      query.setString(2, table);
      long relation = 0;
      StringJoiner numbers = new StringJoiner("&");
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          relation = row.getLong(1);
          numbers.add(ColumnNumbers.pair(row.getString(2), row.getInt(3)));
        }
      }
      if (relation != 0) {
        headers.addLong(RelationWatch.HEADER, relation);
        headers.addString(RelationWatch.COLUMNS_HEADER, numbers.toString());
      }
    } catch (SQLException e) {
      throw new RetriableException(
          "source connector: cannot look up %s.%s in the catalogue; the snapshot is read again: %s"
              .formatted(schema, table, e.getMessage()),
          e);
    }
  }
}
