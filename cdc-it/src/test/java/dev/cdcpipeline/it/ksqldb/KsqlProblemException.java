package dev.cdcpipeline.it.ksqldb;

/** Something in a statement that ksqlDB refuses, or that these files must not have. */
final class KsqlProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  KsqlProblemException(int line, String problem) {
    super("line " + line + ": " + problem);
  }
}
