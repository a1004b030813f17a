package dev.cdcpipeline.converter;

/** Writes one value of one Connect schema. */
@FunctionalInterface
interface ValueWriter {
  void write(Object value, AvroOutput out);
}
