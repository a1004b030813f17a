package dev.cdcpipeline.model.serde;

import org.apache.kafka.common.errors.RetriableException;

/**
 * The registry did not answer, or answered that it cannot now. No record is at fault: wait and try
 * again.
 */
public final class RegistryUnavailableException extends RetriableException {
  private static final long serialVersionUID = 1L;

  public RegistryUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
