package dev.cdcpipeline.converter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.Schema;

/** Writes records of one registered schema. Reuses its buffer; not thread-safe. */
final class RecordEncoder {
  private final int schemaId;
  private final ValueWriter writer;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
  private BinaryEncoder encoder;

  RecordEncoder(int schemaId, Schema connect, org.apache.avro.Schema avro) {
    this.schemaId = schemaId;
    this.writer = ValueWriters.of(connect, avro, avro.getFullName());
  }

  byte[] encode(Object value) {
    bytes.reset();
    bytes.write(0);
    bytes.write(schemaId >>> 24);
    bytes.write(schemaId >>> 16);
    bytes.write(schemaId >>> 8);
    bytes.write(schemaId);
    try {
      encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
      writer.write(value, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }
}
