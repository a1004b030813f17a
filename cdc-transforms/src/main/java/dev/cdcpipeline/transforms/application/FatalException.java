package dev.cdcpipeline.transforms.application;

/** Something that trying again does not heal; the message says what to do. */
final class FatalException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FatalException(String message) {
    super(message);
  }

  FatalException(String message, Throwable cause) {
    super(message, cause);
  }
}
