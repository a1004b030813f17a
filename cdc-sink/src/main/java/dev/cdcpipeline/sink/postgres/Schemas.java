package dev.cdcpipeline.sink.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Schemas of the target. */
public final class Schemas {
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
    }
  }
}
