package dev.cdcpipeline.sink.postgres;

import java.sql.Connection;
import java.sql.SQLException;

/** The end of a transaction that failed. */
public final class TargetTransaction {
  private TargetTransaction() {}

  /** Rolls back after a failure; a connection that can't is broken, which the failure says. */
  public static void rollback(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // the failure that led here is the one to report
    }
  }
}
