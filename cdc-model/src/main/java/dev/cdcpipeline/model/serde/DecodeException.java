package dev.cdcpipeline.model.serde;

import org.apache.kafka.common.errors.SerializationException;

/**
 * This record cannot be decoded, now or later: it belongs with the dead letters. A registry that
 * does not answer is another matter, see {@link RegistryUnavailableException}.
 */
public final class DecodeException extends SerializationException {
  private static final long serialVersionUID = 1L;

  DecodeException(String message, Throwable cause) {
    super(message, cause);
  }

  static DecodeException at(
      String topic, int partition, long offset, String what, MalformedException cause) {
    return new DecodeException(
        "["
            + topic
            + "-"
            + partition
            + "@"
            + offset
            + "] cannot decode "
            + what
            + ": "
            + cause.describe(),
        cause);
  }

  /** For callers that are not told the record's place, such as a Kafka deserializer. */
  static DecodeException in(String topic, String what, MalformedException cause) {
    return new DecodeException(
        "[" + topic + "] cannot decode " + what + ": " + cause.describe(), cause);
  }
}
