package dev.cdcpipeline.app.cli;

/** A command cannot be carried out; the message is for the user and says what to do. */
final class CommandException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CommandException(String message) {
    super(message);
  }

  CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
