package dev.cdcpipeline.sink.transaction;

/**
 * Snapshot rows were read after streamed transactions that come after the snapshot were released.
 */
public final class SnapshotOrderException extends AssemblyException {
  private static final long serialVersionUID = 1L;

  SnapshotOrderException(String message) {
    super(message);
  }
}
