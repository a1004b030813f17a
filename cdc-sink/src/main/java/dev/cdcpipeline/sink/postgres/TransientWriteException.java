package dev.cdcpipeline.sink.postgres;

/**
 * The target could not take the write now: connection, deadlock, lock or resources. The same write
 * may be retried, on a new connection if {@link #needsNewConnection()}.
 */
public final class TransientWriteException extends WriteException {
  private static final long serialVersionUID = 1L;
  private final boolean connectionLost;

  public TransientWriteException(
      String message, String sqlState, boolean connectionLost, Throwable cause) {
    super(message, sqlState, cause);
    this.connectionLost = connectionLost;
  }

  /** Whether the connection is unusable. */
  public boolean needsNewConnection() {
    return connectionLost;
  }
}
