package dev.cdcpipeline.sink.postgres;

/**
 * A write that did not happen: the transaction is rolled back, nothing of it is visible. The
 * subclass says what to do.
 */
public abstract sealed class WriteException extends RuntimeException
    permits TransientWriteException, RecordWriteException, FatalWriteException, FencedException {
  private static final long serialVersionUID = 1L;
  private final String sqlState;

  WriteException(String message, String sqlState, Throwable cause) {
    super(message, cause);
    this.sqlState = sqlState;
  }

  /** The SQLSTATE PostgreSQL gave, null if the failure has none. */
  public String sqlState() {
    return sqlState;
  }
}
