package dev.cdcpipeline.sink.binary;

/** How the values of one column are written as text, for types without a binary form here. */
@FunctionalInterface
public interface TextForm {

  /**
   * Writes a value.
   *
   * @param value not null, as {@link dev.cdcpipeline.model.event.Row} represents it
   */
  void append(Object value, StringBuilder out);
}
