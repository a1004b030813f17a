package dev.cdcpipeline.converter;

import java.io.IOException;
import org.apache.avro.io.Encoder;

/** Writes one value of one Connect schema. */
@FunctionalInterface
interface ValueWriter {
  void write(Object value, Encoder out) throws IOException;
}
