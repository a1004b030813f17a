package dev.cdcpipeline.transforms.changelog;

/**
 * This record cannot be used, now or later, and it has changed no state: it belongs with the dead
 * letters, the pipeline goes on.
 */
public final class UnusableRecordException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnusableRecordException(String message) {
    super(message);
  }
}
