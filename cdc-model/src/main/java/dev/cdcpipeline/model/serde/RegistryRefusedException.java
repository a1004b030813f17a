package dev.cdcpipeline.model.serde;

import org.apache.kafka.common.KafkaException;

/**
 * The registry understood the request and refused it: credentials, an incompatible schema, a wrong
 * URL. Trying again does not help; the message says what may.
 */
public final class RegistryRefusedException extends KafkaException {
  private static final long serialVersionUID = 1L;

  private final int status;

  public RegistryRefusedException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The HTTP status of the refusal, for example 401 or 409. */
  public int status() {
    return status;
  }
}
