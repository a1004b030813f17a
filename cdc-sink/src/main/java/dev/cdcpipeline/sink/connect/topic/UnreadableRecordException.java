package dev.cdcpipeline.sink.connect.topic;

/** This record can't become a row, now or later: it belongs with the dead letters. */
final class UnreadableRecordException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Without a stack trace, so that a stream of bad records costs little. */
  UnreadableRecordException(String problem) {
    super(problem, null, false, false);
  }
}
