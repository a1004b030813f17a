package dev.cdcpipeline.sink.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Schemas of the target. */
public final class Schemas {
  private static final String NO_PERMISSION = "42501";

  private Schemas() {}

  /**
   * Creates a schema if there is none, in the connection's transaction. A schema that is there asks
   * for no right: {@code CREATE SCHEMA IF NOT EXISTS} would ask for CREATE on the database first.
   */
  public static void create(Connection connection, String schema) throws SQLException {
    try (PreparedStatement find =
        connection.prepareStatement("SELECT 1 FROM pg_namespace WHERE nspname = ?")) {
      find.setString(1, schema);
      try (ResultSet found = find.executeQuery()) {
        if (found.next()) {
          return;
        }
      }
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA IF NOT EXISTS " + SqlIdentifiers.quote(schema));
    } catch (SQLException e) {
      throw NO_PERMISSION.equals(e.getSQLState()) ? missing(connection, schema, e) : e;
    }
  }

  /**
   * The same in a transaction of its own; several tasks may race.
   *
   * @throws WriteException it is not there, and could not be made
   */
  public static void provide(Connection connection, String schema) {
    try (Statement statement = connection.createStatement()) {
      DdlLock.take(statement);
      create(connection, schema);
      connection.commit();
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("provide schema " + schema, e);
    }
  }

  private static SQLException missing(Connection connection, String schema, SQLException e)
      throws SQLException {
    String quoted = SqlIdentifiers.quote(schema);
    return new SQLException(
        "schema %s is not there, and this role may not make it (CREATE SCHEMA %1$s AUTHORIZATION %2$s): %3$s"
            .formatted(
                quoted,
                SqlIdentifiers.quote(connection.getMetaData().getUserName()),
                e.getMessage()),
        e.getSQLState(),
        e);
  }
}
