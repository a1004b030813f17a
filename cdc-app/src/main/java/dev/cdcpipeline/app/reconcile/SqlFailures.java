package dev.cdcpipeline.app.reconcile;

import java.sql.SQLException;

/** What an error of a database means for a comparison. */
final class SqlFailures {

  private SqlFailures() {}

  /** An error for a table's verdict. */
  static String describe(SQLException failure) {
    return "cannot compare: SQLSTATE " + failure.getSQLState() + ", " + failure.getMessage();
  }

  /**
   * Whether the same may work later without anybody's doing: the server is away or short of
   * something, or somebody else was in the way.
   */
  static boolean isPassing(SQLException failure) {
    String state = failure.getSQLState();
    if (state == null) {
      return false;
    }
    return state.startsWith("08")
        || state.startsWith("53")
        || state.startsWith("57")
        || state.startsWith("58")
        || state.startsWith("40")
        || state.equals("25P03")
        || state.equals("55P03");
  }
}
