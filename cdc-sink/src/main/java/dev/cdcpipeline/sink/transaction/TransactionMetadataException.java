package dev.cdcpipeline.sink.transaction;

/**
 * Transaction metadata are missing, were switched on or off in mid-stream, or contradict the rows.
 */
public final class TransactionMetadataException extends AssemblyException {
  private static final long serialVersionUID = 1L;

  TransactionMetadataException(String message) {
    super(message);
  }
}
