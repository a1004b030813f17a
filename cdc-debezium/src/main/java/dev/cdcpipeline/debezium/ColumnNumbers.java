package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.relational.Column;
import io.debezium.relational.Table;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.StringJoiner;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * The numbers of a table's columns in the source's catalogue, which no other column of the table
 * ever has: by them a column that was dropped and added again is known.
 */
class ColumnNumbers {
  private static final String NUMBERS =
      """
      SELECT attname, attnum FROM pg_catalog.pg_attribute
      WHERE attrelid = ? AND attnum > 0 AND NOT attisdropped ORDER BY attnum\
      """;

  private final PostgresConnection connection;

  /**
   * @param connection used in the thread that streams
   */
  ColumnNumbers(PostgresConnection connection) {
    this.connection = connection;
  }

  /**
   * The columns that a table has in the source's log and, now, in its catalogue: {@code
   * id=1&name=3}, names as in URLs.
   */
  String of(int relation, Table table) {
    try (PreparedStatement select = connection.connection().prepareStatement(NUMBERS)) {
      select.setLong(1, Integer.toUnsignedLong(relation));
      StringJoiner numbers = new StringJoiner("&");
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Column column = table.columnWithName(row.getString(1));
          if (column != null) {
            numbers.add(pair(column.name(), row.getInt(2)));
          }
        }
      }
      return numbers.toString();
    } catch (SQLException e) {
      throw new ConnectException(
          "source connector: cannot read the columns of %s: SQLSTATE %s, %s"
              .formatted(table.id(), e.getSQLState(), e.getMessage()),
          e);
    }
  }

  static String pair(String name, int number) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8) + "=" + number;
  }
}
