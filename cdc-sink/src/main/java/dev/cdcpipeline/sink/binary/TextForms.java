package dev.cdcpipeline.sink.binary;

import dev.cdcpipeline.model.event.Column;

/** Knows how values are written as text for a column of the target. */
@FunctionalInterface
public interface TextForms {

  /**
   * The form for a column.
   *
   * @param source the values' column
   * @param column place of the target's column in its {@link RowLayout}
   */
  TextForm of(Column source, int column);
}
