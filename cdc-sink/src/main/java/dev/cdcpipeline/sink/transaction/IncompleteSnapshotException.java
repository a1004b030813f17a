package dev.cdcpipeline.sink.transaction;

/** The source connector gave a snapshot up before its last row and streams all the same. */
public final class IncompleteSnapshotException extends AssemblyException {
  private static final long serialVersionUID = 1L;

  IncompleteSnapshotException(String message) {
    super(message);
  }
}
