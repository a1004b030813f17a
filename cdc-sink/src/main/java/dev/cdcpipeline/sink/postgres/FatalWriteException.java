package dev.cdcpipeline.sink.postgres;

/** Nothing can be written until someone changes something; the message says what. */
public final class FatalWriteException extends WriteException {
  private static final long serialVersionUID = 1L;

  public FatalWriteException(String message, String sqlState, Throwable cause) {
    super(message, sqlState, cause);
  }

  public FatalWriteException(String message) {
    this(message, null, null);
  }
}
