package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.sink.change.Coordinates;
import java.util.Optional;

/**
 * The target refuses what a record says, and always will: a constraint, a type, a missing stored
 * value. Retrying doesn't help; the rest of the batch may be written without the record.
 */
public final class RecordWriteException extends WriteException {
  private static final long serialVersionUID = 1L;
  private final transient Coordinates coordinates;

  public RecordWriteException(
      String message, String sqlState, Coordinates coordinates, Throwable cause) {
    super(message, sqlState, cause);
    this.coordinates = coordinates;
  }

  /** Where the record was read, empty if only the batch it is in is known. */
  public Optional<Coordinates> coordinates() {
    return Optional.ofNullable(coordinates);
  }
}
