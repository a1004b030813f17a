package dev.cdcpipeline.model.serde;

import org.apache.kafka.common.KafkaException;

/** The registry answered that it has no such schema. */
public final class UnknownSchemaException extends KafkaException {
  private static final long serialVersionUID = 1L;

  public UnknownSchemaException(String message) {
    super(message);
  }
}
