package dev.cdcpipeline.app.simulate;

import dev.cdcpipeline.app.sql.Query;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** The audit table of the orders and the row triggers that fill it, at the source. */
public final class OrderAudit {

  private OrderAudit() {}

  /**
   * Installs the audit if it is not there.
   *
   * @param sourceJdbcUrl the source, with user and password of the tables' owner
   * @return whether it was installed now
   * @throws SimulationException nothing was installed
   */
  public static boolean install(String sourceJdbcUrl) {
    try (Connection connection = DriverManager.getConnection(sourceJdbcUrl)) {
      connection.setAutoCommit(false);
      // Writers finish first: each change is in the baseline or in the audit.
      Query.of("LOCK TABLE public.orders IN SHARE ROW EXCLUSIVE MODE").run(connection);
      if (Query.isThere(connection, "public.order_audit")) {
        return false;
      }
      Query.of(script()).run(connection);
      connection.commit();
      return true;
    } catch (SQLException e) {
      throw SimulationException.of("cannot install the audit of the orders", e);
    }
  }

  private static String script() {
    try (InputStream in = OrderAudit.class.getResourceAsStream("order_audit.sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read order_audit.sql of this program", e);
    }
  }
}
