package dev.cdcpipeline.sink.result;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Whose fault an SQL error is: the definition's, or the system's. */
enum Outcome {
  /** The SELECT failed on these rows; the result stands still, the rest goes on. */
  DEFINITION,
  /** Connection, deadlock, resources, shutdown: nothing to do with the definition. */
  SYSTEM;

  static Outcome of(SQLException e) {
    String state = e.getSQLState();
    if (state == null || state.length() != 5) {
      return SYSTEM;
    }
    return switch (state.substring(0, 2)) {
      case "08", "25", "28", "40", "53", "55", "57", "58", "3D", "F0" -> SYSTEM;
      default -> DEFINITION;
    };
  }

  /** {@code SQLSTATE 22012, division by zero}, without row values. */
  static String message(SQLException e) {
    String text = e.getMessage();
    if (e instanceof PSQLException p) {
      ServerErrorMessage server = p.getServerErrorMessage();
      if (server != null) {
        text = server.getMessage();
      }
    }
    return "SQLSTATE " + e.getSQLState() + ", " + text;
  }
}
