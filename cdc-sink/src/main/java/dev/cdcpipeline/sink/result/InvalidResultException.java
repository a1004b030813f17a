package dev.cdcpipeline.sink.result;

/**
 * A definition that can't be kept as a result; the message names file and line where there is one.
 */
public final class InvalidResultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidResultException(String message) {
    super(message);
  }

  InvalidResultException(String message, Throwable cause) {
    super(message, cause);
  }

  static InvalidResultException at(String file, int line, String problem) {
    return new InvalidResultException(file + ":" + line + ": " + problem);
  }
}
