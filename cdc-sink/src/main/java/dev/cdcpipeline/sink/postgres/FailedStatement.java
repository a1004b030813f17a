package dev.cdcpipeline.sink.postgres;

import java.sql.SQLException;

/** A failure of the database that knows its statement, which the driver's own does not. */
public final class FailedStatement extends SQLException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_CHARACTERS = 400;

  private final String statement;

  public FailedStatement(String statement, SQLException cause) {
    super(cause.getMessage(), cause.getSQLState(), cause);
    String text = statement.replaceAll("\\s+", " ").strip();
    this.statement =
        text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS) + "…";
  }

  /** The statement in one line, cut if it is long; it holds no values of rows. */
  String statement() {
    return statement;
  }
}
