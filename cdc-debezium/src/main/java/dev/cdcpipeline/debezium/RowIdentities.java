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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Refuses tables whose changes don't say which row they are of.
 *
 * <ul>
 *   <li>Old rows, as the source sends them, lack columns of the records' key. Where a value was not
 *       sent Debezium writes a zero or an empty text, which is another row's key. The catalogue
 *       says what is sent from now on; the log itself ({@link LoggedIdentities}) what was, before a
 *       REPLICA IDENTITY or a key was changed.
 *   <li>The key is DEFERRABLE. A statement may then give a row the key of another one that has yet
 *       to lose it: the delete of the key that follows is of the other row, and nothing says so.
 * </ul>
 */
class RowIdentities {
  private static final String IDENTITY =
      """
      SELECT format('%I.%I', n.nspname, c.relname), array_agg(a.attname::text ORDER BY a.attnum)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indrelid = c.oid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
      WHERE (c.oid = ? OR c.oid IN (SELECT relid FROM pg_partition_tree(?::oid::regclass) WHERE isleaf))
        AND (c.relreplident = 'i' AND i.indisreplident OR c.relreplident = 'd' AND i.indisprimary)
      GROUP BY c.oid, n.nspname, c.relname ORDER BY c.oid\
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
  private final Map<Integer, List<String>> logged = new HashMap<>();
  private final Map<Integer, String> refused = new HashMap<>();

  /**
   * What the source sends of old rows.
   *
   * @param relation its name in SQL, a partition's where that is what it is
   * @param columns their names
   */
  record Sent(String relation, List<String> columns) {}

  /**
   * @param connection used in the thread that streams
   */
  RowIdentities(PostgresConnection connection, PostgresConnectorConfig config) {
    this.connection = connection;
    this.config = config;
  }

  /**
   * Makes sure that updates and deletes of a table say which row it was. What the log has of them
   * is looked at when it comes: {@link #requireKey}.
   *
   * @throws ConnectException they don't; the message names the SQL that helps
   */
  void check(int relation, Table table) {
    List<String> key =
        new Key.Builder(table)
            .customKeyMapper(config.getKeyMapper()).build().keyColumns().stream()
                .map(Column::name)
                .toList();
    for (Sent sent : sent(relation, table)) {
      if (!sent.columns().containsAll(key)) {
        throw new ConnectException(refusal(table, key, sent));
      }
    }
    List<String> written = logged.getOrDefault(relation, List.of());
    if (written.isEmpty() || written.containsAll(key)) {
      refused.remove(relation);
    } else {
      refused.put(relation, refusalOfLogged(table, key, written));
    }
    deferrable(relation, table, key)
        .ifPresent(
            constraint -> {
              throw new ConnectException(deferrableRefusal(table, key, constraint));
            });
  }

  /**
   * The log describes a relation, right before it is checked.
   *
   * @param columns that old rows have in the log from here on; all that the relation has under
   *     REPLICA IDENTITY FULL
   */
  void logged(int relation, List<String> columns) {
    logged.put(relation, columns);
  }

  /** The relation is not captured any more. */
  void forget(int relation) {
    refused.remove(relation);
  }

  /**
   * An UPDATE or a DELETE of a relation comes.
   *
   * @throws ConnectException it was written without the key of the records; the message says how
   *     the mirrors become equal without it
   */
  void requireKey(int relation) {
    String why = refused.get(relation);
    if (why != null) {
      throw new ConnectException(why);
    }
  }

  static String refusal(Table table, List<String> key, Sent sent) {
    boolean ownKey = key.equals(table.primaryKeyColumnNames());
    return "source connector: cannot capture %s: a DELETE or an UPDATE of the key sends (%s), the REPLICA IDENTITY of %s, and not (%s), the key of its records, so that another row would be changed; run at the source: %sALTER TABLE %3$s REPLICA IDENTITY FULL, then restart the connector"
        .formatted(
            table.id().toDoubleQuotedString(),
            String.join(", ", sent.columns()),
            sent.relation(),
            String.join(", ", key),
            ownKey
                ? "ALTER TABLE %s REPLICA IDENTITY DEFAULT, or ".formatted(sent.relation())
                : "");
  }

  private static String refusalOfLogged(Table table, List<String> key, List<String> written) {
    return "source connector: cannot tell which row of %s was changed: the log has updates or deletes from before its REPLICA IDENTITY or its key was changed, with (%s) and not (%s), the key of its records; leave the table out, by table.include.list or table.exclude.list, until the connector has read past them, take it in again, then: cdc table reread --remove %s.%s"
        .formatted(
            table.id().toDoubleQuotedString(),
            String.join(", ", written),
            String.join(", ", key),
            table.id().schema(),
            table.id().table());
  }

  private static String deferrableRefusal(Table table, List<String> key, String constraint) {
    return "source connector: cannot capture %s: its key (%s) is DEFERRABLE, so that one statement may swap the keys of two rows, and the order of its changes does not tell which row is gone; run at the source: ALTER TABLE %1$s DROP CONSTRAINT \"%3$s\", ADD CONSTRAINT \"%3$s\" %4$s (%5$s), then restart the connector, and read the table again, because the log may have such a statement: cdc table reread --remove %6$s"
        .formatted(
            table.id().toDoubleQuotedString(),
            String.join(", ", key),
            constraint.replace("\"", "\"\""),
            key.equals(table.primaryKeyColumnNames()) ? "PRIMARY KEY" : "UNIQUE",
            key.stream()
                .map(column -> '"' + column.replace("\"", "\"\"") + '"')
                .collect(Collectors.joining(", ")),
            table.id().schema() + "." + table.id().table());
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

  /**
   * What is sent of old rows: of the table itself, or of each of its partitions. Nothing is there
   * of a relation of which all columns are sent, or no change of a row is allowed.
   */
  List<Sent> sent(int relation, Table table) {
    List<Sent> sent = new ArrayList<>();
    try (PreparedStatement select = connection.connection().prepareStatement(IDENTITY)) {
      select.setLong(1, Integer.toUnsignedLong(relation));
      select.setLong(2, Integer.toUnsignedLong(relation));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          sent.add(new Sent(row.getString(1), List.of((String[]) row.getArray(2).getArray())));
        }
      }
      return sent;
    } catch (SQLException e) {
      throw new ConnectException(
          "source connector: cannot read the REPLICA IDENTITY of %s: SQLSTATE %s, %s"
              .formatted(table.id(), e.getSQLState(), e.getMessage()),
          e);
    }
  }
}
