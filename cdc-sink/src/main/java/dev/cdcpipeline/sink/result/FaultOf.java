package dev.cdcpipeline.sink.result;

import java.sql.SQLException;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Whose fault an SQL error is: the definition's, or the system's. Only what a SELECT can cause by
 * what it says, or by the rows it reads, is the definition's.
 */
enum FaultOf {
  /** The SELECT failed on these rows; the result stands still, the rest goes on. */
  DEFINITION,
  /** Rights, connection, locks, resources, shutdown: nothing to do with the definition. */
  SYSTEM;

  private static final Set<String> DEFINITION_CLASSES =
      Set.of(
          "0A", // feature not supported
          "20", // case not found
          "21", // cardinality violation
          "22", // data exception
          "23", // integrity constraint violation
          "2B", // objects depend on what is dropped
          "2F", // SQL routine exception
          "38", // external routine exception
          "39", // external routine invocation exception
          "42", // syntax error, or a name that is not there
          "44", // check option violation
          "54", // program limit exceeded
          "P0"); // what a function raises
  private static final String NO_RIGHT = "42501";
  // a prepared statement whose tables have got other columns: it works in a new session
  private static final String STALE_PLAN = "RevalidateCachedQuery";

  static FaultOf of(SQLException e) {
    String state = e.getSQLState();
    if (state == null || state.length() != 5) {
      return SYSTEM;
    }
    boolean definition =
        DEFINITION_CLASSES.contains(state.substring(0, 2))
            && !state.equals(NO_RIGHT)
            && !isStalePlan(e);
    return definition ? DEFINITION : SYSTEM;
  }

  private static boolean isStalePlan(SQLException e) {
    return e instanceof PSQLException p
        && p.getServerErrorMessage() != null
        && STALE_PLAN.equals(p.getServerErrorMessage().getRoutine());
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
