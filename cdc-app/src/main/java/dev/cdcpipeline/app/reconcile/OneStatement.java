package dev.cdcpipeline.app.reconcile;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.core.Parser;
import org.postgresql.jdbc.PreferQueryMode;

/**
 * Refuses what is not one statement. A definition comes from a file or from the target, and must
 * not be able to end the read-only transaction that it runs in.
 *
 * <p>The server refuses several statements in one message of the extended protocol. The driver
 * would take them apart before, so what it would take apart is refused here, with the driver's own
 * parser; and so is a connection that does not use that protocol.
 */
final class OneStatement {

  private OneStatement() {}

  /**
   * Returns the query if it is one statement.
   *
   * @throws ReconcileException it is several
   */
  static String of(String query) throws SQLException {
    int statements = Parser.parseJdbcSql(query, true, false, true, false, false).size();
    if (statements != 1) {
      throw new ReconcileException(
          "a definition must be one SELECT, but this is "
              + statements
              + " statements; it was not run");
    }
    return query;
  }

  /**
   * Makes sure that a connection sends each statement by itself.
   *
   * @throws ReconcileException its URL asks for another protocol
   */
  static void require(Connection connection) throws SQLException {
    PreferQueryMode mode = connection.unwrap(PGConnection.class).getPreferQueryMode();
    if (mode != PreferQueryMode.EXTENDED) {
      throw new ReconcileException(
          "preferQueryMode must be extended for a comparison, was "
              + mode.value()
              + "; leave it out of the JDBC URL");
    }
  }
}
