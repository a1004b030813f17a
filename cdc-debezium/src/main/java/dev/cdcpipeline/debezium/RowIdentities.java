package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.relational.Column;
import io.debezium.relational.Key;
import io.debezium.relational.Table;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Refuses tables whose old rows, as the source sends them, lack columns of the records' key. Where
 * a value was not sent Debezium writes a zero or an empty text, which is another row's key.
 */
class RowIdentities {
  private static final String IDENTITY =
      """
      SELECT array_agg(a.attname::text)
      FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
      WHERE c.oid = ? AND (c.relreplident = 'i' AND i.indisreplident
        OR c.relreplident = 'd' AND i.indisprimary)\
      """;

  private final PostgresConnection connection;
  private final PostgresConnectorConfig config;

  /**
   * @param connection used in the thread that streams
   */
  RowIdentities(PostgresConnection connection, PostgresConnectorConfig config) {
    this.connection = connection;
    this.config = config;
  }

  /**
   * Makes sure that updates and deletes of a table say which row it was.
   *
   * @throws ConnectException they don't; the message names the SQL that helps
   */
  void check(int relation, Table table) {
    List<String> key =
        new Key.Builder(table)
            .customKeyMapper(config.getKeyMapper()).build().keyColumns().stream()
                .map(Column::name)
                .toList();
    List<String> sent = sent(relation, table);
    if (!sent.isEmpty() && !sent.containsAll(key)) {
      throw new ConnectException(refusal(table, key, sent));
    }
  }

  static String refusal(Table table, List<String> key, List<String> sent) {
    String name = table.id().toDoubleQuotedString();
    boolean ownKey = key.equals(table.primaryKeyColumnNames());
    return "source connector: cannot capture %s: a DELETE or an UPDATE of the key sends (%s), its REPLICA IDENTITY, and not (%s), the key of its records, so that another row would be changed; run at the source: %sALTER TABLE %s REPLICA IDENTITY FULL, then restart the connector"
        .formatted(
            name,
            String.join(", ", sent),
            String.join(", ", key),
            ownKey ? "ALTER TABLE %s REPLICA IDENTITY DEFAULT, or ".formatted(name) : "",
            name);
  }

  /** The columns of old rows that are sent; none if all are, or no change of one is allowed. */
  List<String> sent(int relation, Table table) {
    try (PreparedStatement select = connection.connection().prepareStatement(IDENTITY)) {
      select.setLong(1, Integer.toUnsignedLong(relation));
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getArray(1) == null
            ? List.of()
            : Arrays.asList((String[]) row.getArray(1).getArray());
      }
    } catch (SQLException e) {
      throw new ConnectException(
          "source connector: cannot read the REPLICA IDENTITY of %s: SQLSTATE %s, %s"
              .formatted(table.id(), e.getSQLState(), e.getMessage()),
          e);
    }
  }
}
