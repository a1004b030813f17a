package dev.cdcpipeline.model.serde;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Records written by Avro's own writer, so that our reader is never tested against itself. */
final class Avro {
  private Avro() {}

  static Schema schema(String json) {
    return new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false).parse(json);
  }

  /** A schema as Debezium registered it. */
  static Schema sample(String name) {
    try (InputStream in = Avro.class.getResourceAsStream("/schemas/" + name)) {
      return schema(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A schema of one record with these fields, each as JSON. */
  static Schema recordOf(String... fields) {
    return schema(
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" + String.join(",", fields) + "]}");
  }

  static GenericData.Record record(Schema schema, Map<String, ?> values) {
    Schema record = ColumnTypes.withoutNull(schema);
    GenericData.Record result = new GenericData.Record(record);
    for (Schema.Field field : record.getFields()) {
      result.put(field.pos(), values.get(field.name()));
    }
    return result;
  }

  static byte[] encode(Schema schema, Object datum) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
      new GenericDatumWriter<>(schema).write(datum, encoder);
      encoder.flush();
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The record as it lies on a topic; registers the schema under a subject of its own name. */
  static byte[] framed(SchemaRegistry registry, Schema schema, Object datum) {
    return WireFormat.frame(
        registry.register(schema.getType() + "-" + schema.hashCode(), schema),
        datum instanceof ByteBuffer bare ? bytes(bare) : encode(schema, datum));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  static ByteBuffer decimal(String value) {
    return ByteBuffer.wrap(new BigDecimal(value).unscaledValue().toByteArray());
  }
}
