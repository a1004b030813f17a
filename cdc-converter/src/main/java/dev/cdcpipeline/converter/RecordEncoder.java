package dev.cdcpipeline.converter;

import org.apache.kafka.connect.data.Schema;

/** Writes records of one registered schema. Reuses its buffer; not thread-safe. */
final class RecordEncoder {
  private final int schemaId;
  private final ValueWriter writer;
  private final AvroOutput out = new AvroOutput();

  RecordEncoder(int schemaId, Schema connect, org.apache.avro.Schema avro) {
    this.schemaId = schemaId;
    this.writer = ValueWriters.bare(connect, avro, avro.getFullName());
  }

  byte[] encode(Object value) {
    out.reset();
    out.writeByte(0);
    out.writeFixedInt(schemaId);
    writer.write(value, out);
    return out.toByteArray();
  }
}
