package dev.cdcpipeline.app.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A statement with its parameters. Each call runs it once, and closes what that has opened.
 *
 * @param sql with a question mark for each parameter; word for word if there is none
 * @param parameters in order; may be null
 */
public record Query(String sql, List<Object> parameters) {

  /**
   * Reads one row.
   *
   * @param <T> what is made of it
   */
  public interface Reader<T> {
    /** Reads the row that the result is at. */
    T read(ResultSet row) throws SQLException;
  }

  /** Is shown one row after the other. */
  public interface Visitor {
    /** Looks at the row that the result is at. */
    void visit(ResultSet row) throws SQLException;
  }

  /** A statement with its parameters. */
  public static Query of(String sql, Object... parameters) {
    return new Query(sql, Collections.unmodifiableList(Arrays.asList(parameters)));
  }

  /** Whether a table, or what else is a relation, is there and may be seen. */
  public static boolean isThere(Connection connection, String table) throws SQLException {
    return of("SELECT to_regclass(?) IS NOT NULL", table).holds(connection);
  }

  /** Shows all rows, in their order. */
  public void forEach(Connection connection, Visitor visitor) throws SQLException {
    if (parameters.isEmpty()) {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        visitEach(row, visitor);
      }
    } else {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        bind(statement);
        try (ResultSet row = statement.executeQuery()) {
          visitEach(row, visitor);
        }
      }
    }
  }

  private static void visitEach(ResultSet row, Visitor visitor) throws SQLException {
    while (row.next()) {
      visitor.visit(row);
    }
  }

  private void bind(PreparedStatement statement) throws SQLException {
    for (int i = 0; i < parameters.size(); i++) {
      statement.setObject(i + 1, parameters.get(i));
    }
  }

  /** What is read of all rows, in their order; may be changed, and may hold null. */
  public <T> List<T> list(Connection connection, Reader<T> reader) throws SQLException {
    List<T> all = new ArrayList<>();
    forEach(connection, row -> all.add(reader.read(row)));
    return all;
  }

  /** What is read of the first row, never null; empty if there is no row. */
  public <T> Optional<T> first(Connection connection, Reader<T> reader) throws SQLException {
    return list(connection, reader).stream().findFirst();
  }

  /**
   * What is read of the only row of a query that always has one; null where the reader gives it.
   */
  public <T> T one(Connection connection, Reader<T> reader) throws SQLException {
    return list(connection, reader).get(0);
  }

  /** The first column of all rows as text. */
  public List<String> texts(Connection connection) throws SQLException {
    return list(connection, row -> row.getString(1));
  }

  /** The first column of the only row as text; null for NULL. */
  public String text(Connection connection) throws SQLException {
    return one(connection, row -> row.getString(1));
  }

  /** The first column of the only row as a number; 0 for NULL. */
  public long number(Connection connection) throws SQLException {
    return one(connection, row -> row.getLong(1));
  }

  /** The first column of the only row as a truth value; false for NULL. */
  public boolean holds(Connection connection) throws SQLException {
    return one(connection, row -> row.getBoolean(1));
  }

  /** Whether there is a row. */
  public boolean hasRow(Connection connection) throws SQLException {
    return !list(connection, row -> true).isEmpty();
  }

  /**
   * Runs a statement, whatever it gives.
   *
   * @return how many rows it changed; 0 for one that changes none
   */
  public int run(Connection connection) throws SQLException {
    if (parameters.isEmpty()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
        return Math.max(0, statement.getUpdateCount());
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement);
      statement.execute();
      return Math.max(0, statement.getUpdateCount());
    }
  }
}
