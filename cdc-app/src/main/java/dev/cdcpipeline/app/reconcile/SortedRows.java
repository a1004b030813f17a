package dev.cdcpipeline.app.reconcile;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A query's rows in the order of their key, a batch at a time: memory does not grow with the table.
 * The connection must be in a transaction. Values are text, as the server writes them; both sides
 * have the same settings.
 */
final class SortedRows implements AutoCloseable {

  private static final int FETCH_ROWS = 5_000;
  private static final Set<String> INTEGERS = Set.of("int2", "int4", "int8", "serial", "bigserial");
  private static final Set<String> NUMBERS =
      Set.of("int2", "int4", "int8", "serial", "bigserial", "numeric", "float4", "float8");

  private final Statement statement;
  private final ResultSet rows;
  private final int columns;
  private String[] current;

  private SortedRows(Statement statement, ResultSet rows, int columns) {
    this.statement = statement;
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * A column as one side knows it.
   *
   * @param type PostgreSQL's internal name of the type
   */
  record Column(String name, String type) {

    boolean isInteger() {
      return INTEGERS.contains(type);
    }

    boolean isNumber() {
      return NUMBERS.contains(type);
    }
  }

  /** The columns of a query, without running it. */
  static List<Column> columns(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet none =
            statement.executeQuery(OneStatement.of("SELECT * FROM (" + query + "\n) q LIMIT 0"))) {
      List<Column> columns = new ArrayList<>();
      for (int i = 1; i <= none.getMetaData().getColumnCount(); i++) {
        columns.add(
            new Column(
                none.getMetaData().getColumnName(i), none.getMetaData().getColumnTypeName(i)));
      }
      return columns;
    }
  }

  /**
   * Runs the query.
   *
   * @param layout which columns to read, and how they are ordered; the same for both sides
   */
  static SortedRows open(Connection connection, String query, RowLayout layout)
      throws SQLException {
    Statement statement = connection.createStatement();
    try {
      statement.setFetchSize(FETCH_ROWS);
      ResultSet rows = statement.executeQuery(OneStatement.of(layout.orderedSql(query)));
      return new SortedRows(statement, rows, layout.columns().size());
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }

  /** Goes to the next row; {@link #row} then returns it. */
  boolean next() throws SQLException {
    if (!rows.next()) {
      current = null;
      return false;
    }
    current = new String[columns];
    for (int i = 0; i < columns; i++) {
      current[i] = rows.getString(i + 1);
    }
    return true;
  }

  /** The current row's values, or null after the last row. */
  String[] row() {
    return current;
  }

  @Override
  public void close() throws SQLException {
    statement.close();
  }
}
