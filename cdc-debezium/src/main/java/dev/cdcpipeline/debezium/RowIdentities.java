package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.relational.Column;
import io.debezium.relational.Key;
import io.debezium.relational.Table;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Refuses tables whose changes don't say which row they are of.
 *
 * <ul>
 *   <li>Old rows, as the source sends them, lack columns of the records' key. Where a value was not
 *       sent Debezium writes a zero or an empty text, which is another row's key.
 *   <li>The key is DEFERRABLE. A statement may then give a row the key of another one that has yet
 *       to lose it: the delete of the key that follows is of the other row, and nothing says so.
 * </ul>
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

  private static final String DEFERRABLE =
      """
      WITH uniques AS (
        SELECT i.indexrelid, i.indimmediate,
               (SELECT array_agg(a.attname::text) FROM pg_attribute a
                WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) AS columns
        FROM pg_index i
        WHERE i.indrelid = ? AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL)
      SELECT c.conname FROM uniques u JOIN pg_constraint c ON c.conindid = u.indexrelid
      WHERE c.contype IN ('p', 'u') AND c.condeferrable AND u.columns <@ ? AND u.columns @> ?
        AND NOT EXISTS (SELECT FROM uniques o WHERE o.indimmediate AND o.columns <@ ?)
      ORDER BY c.contype, c.conname LIMIT 1\
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
    deferrable(relation, table, key)
        .ifPresent(
            constraint -> {
              throw new ConnectException(deferrableRefusal(table, key, constraint));
            });
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

  private static String deferrableRefusal(Table table, List<String> key, String constraint) {
    return "source connector: cannot capture %s: its key (%s) is DEFERRABLE, so that one statement may swap the keys of two rows, and the order of its changes does not tell which row is gone; run at the source: ALTER TABLE %1$s DROP CONSTRAINT \"%3$s\", ADD CONSTRAINT \"%3$s\" %4$s (%5$s), then restart the connector"
        .formatted(
            table.id().toDoubleQuotedString(),
            String.join(", ", key),
            constraint.replace("\"", "\"\""),
            key.equals(table.primaryKeyColumnNames()) ? "PRIMARY KEY" : "UNIQUE",
            key.stream()
                .map(column -> '"' + column.replace("\"", "\"\"") + '"')
                .collect(Collectors.joining(", ")));
  }

  /** The deferrable constraint on exactly the key, if nothing else keeps its values apart. */
  Optional<String> deferrable(int relation, Table table, List<String> key) {
    try (PreparedStatement select = connection.connection().prepareStatement(DEFERRABLE)) {
      Array columns = connection.connection().createArrayOf("text", key.toArray());
      select.setLong(1, Integer.toUnsignedLong(relation));
      select.setArray(2, columns);
      select.setArray(3, columns);
      select.setArray(4, columns);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    } catch (SQLException e) {
      throw new ConnectException(
          "source connector: cannot read the constraints of %s: SQLSTATE %s, %s"
              .formatted(table.id(), e.getSQLState(), e.getMessage()),
          e);
    }
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
