package dev.cdcpipeline.sink.transaction;

/**
 * The topics hold commits of another history of the source than the one that was applied: the
 * source was restored, or another source writes into the same topics.
 */
public final class SourceHistoryException extends AssemblyException {
  private static final long serialVersionUID = 1L;

  SourceHistoryException(String message) {
    super(message);
  }
}
