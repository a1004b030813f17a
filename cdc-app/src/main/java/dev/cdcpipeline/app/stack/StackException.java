package dev.cdcpipeline.app.stack;

/**
 * The stack, or a piece of it, could not do what was asked; the message says which piece, why, and
 * where its log is.
 */
public final class StackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StackException(String message) {
    super(message);
  }

  public StackException(String message, Throwable cause) {
    super(message, cause);
  }
}
