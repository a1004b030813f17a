package dev.cdcpipeline.app.reread;

/** A table cannot be read again, or was not in time; the message says what to do. */
public final class RereadException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RereadException(String message) {
    super(message);
  }

  RereadException(String message, Throwable cause) {
    super(message, cause);
  }
}
