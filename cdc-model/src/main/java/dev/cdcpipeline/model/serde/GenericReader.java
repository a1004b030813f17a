package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;

/** Reads a row of any schema, as a {@link Row} or value by value. */
abstract class GenericReader extends ValueReader {
  @Override
  abstract Row read(AvroInput in);

  /** The row's columns, always the same object. */
  abstract RowType type();

  /**
   * Reads the values into targets.
   *
   * @param targets one for each column; null for a column that is skipped
   */
  abstract void read(AvroInput in, ValueTarget[] targets);
}
