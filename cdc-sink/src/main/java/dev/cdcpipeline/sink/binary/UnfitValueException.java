package dev.cdcpipeline.sink.binary;

/**
 * A value that its column can't hold, now or later: the record belongs with the dead letters. Holds
 * no value, and no stack trace, so that a stream of bad records costs little.
 */
public final class UnfitValueException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final String sqlState;

  UnfitValueException(String column, String problem, String sqlState) {
    super("column " + column + ": " + problem, null, false, false);
    this.sqlState = sqlState;
  }

  /** The SQLSTATE that PostgreSQL gives for the same. */
  public String sqlState() {
    return sqlState;
  }
}
