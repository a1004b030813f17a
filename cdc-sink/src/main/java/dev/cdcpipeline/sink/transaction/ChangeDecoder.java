package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.RowChange;

/** Makes a change of a record's bytes again, after they were spilled to disk. */
@FunctionalInterface
public interface ChangeDecoder {

  /**
   * The change that was decoded from these bytes when they were read; it decodes again, in the same
   * way.
   *
   * @param key null if the record had none
   */
  RowChange decode(Coordinates coordinates, byte[] key, byte[] value);
}
