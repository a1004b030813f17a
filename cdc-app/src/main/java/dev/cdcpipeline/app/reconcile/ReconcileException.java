package dev.cdcpipeline.app.reconcile;

import java.sql.SQLException;

/**
 * Nothing could be compared: a database is away, or the target did not get as far as the source.
 */
public final class ReconcileException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ReconcileException(String message) {
    super(message);
  }

  private ReconcileException(String message, Throwable cause) {
    super(message, cause);
  }

  static ReconcileException of(String doing, SQLException cause) {
    return new ReconcileException(
        doing + ": SQLSTATE " + cause.getSQLState() + ", " + cause.getMessage(), cause);
  }
}
