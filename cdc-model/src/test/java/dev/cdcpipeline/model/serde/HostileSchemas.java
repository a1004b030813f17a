package dev.cdcpipeline.model.serde;

import java.util.Arrays;
import org.apache.avro.Schema;

/** Schemas that anyone may register, made so that whoever reads with them reads for ever. */
final class HostileSchemas {
  private HostileSchemas() {}

  /**
   * Records each of which holds the next one twice, the last one empty: two to the power of {@code
   * depth} values that take no byte.
   */
  static Schema doubling(int depth) {
    return doubling(depth, "");
  }

  /** The same, the last record with these fields. */
  static Schema doubling(int depth, String leafFields) {
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < depth; i++) {
      json.append("{\"type\":\"record\",\"name\":\"R").append(i).append("\",\"fields\":[");
      json.append("{\"name\":\"a\",\"type\":");
    }
    json.append("{\"type\":\"record\",\"name\":\"R")
        .append(depth)
        .append("\",\"fields\":[")
        .append(leafFields)
        .append("]}");
    for (int i = depth; i > 0; i--) {
      json.append("},{\"name\":\"b\",\"type\":\"R").append(i).append("\"}]}");
    }
    return Avro.schema(json.toString());
  }

  /** Arrays in arrays around this type. */
  static Schema arrays(int depth, String element) {
    return Avro.schema(
        "{\"type\":\"array\",\"items\":".repeat(depth) + element + "}".repeat(depth));
  }

  /** An envelope of Debezium's with one more field of this type, which every decoder skips. */
  static Schema envelopeWith(Schema type) {
    return with(Envelopes.orders().schema(), type);
  }

  /** The record with one more field, which comes first. */
  static Schema with(Schema record, Schema type) {
    Schema copy = Schema.createRecord(record.getName(), null, record.getNamespace(), false);
    java.util.List<Schema.Field> fields = new java.util.ArrayList<>();
    fields.add(new Schema.Field("x", type));
    for (Schema.Field field : record.getFields()) {
      fields.add(new Schema.Field(field, field.schema()));
    }
    copy.setFields(fields);
    return copy;
  }

  /**
   * A record that begins an array in an array, again and again, each of which announces so many
   * elements.
   */
  static byte[] announcing(int depth, int elements, int length) {
    byte[] record = new byte[length];
    byte[] count = Avro.encode(Schema.create(Schema.Type.INT), elements);
    for (int i = 0; i < depth; i++) {
      System.arraycopy(count, 0, record, i * count.length, count.length);
    }
    // elements of one byte each
    Arrays.fill(record, depth * count.length, length, (byte) 2);
    return record;
  }
}
