package dev.cdcpipeline.shop.model;

import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.model.serde.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Writes events as Debezium and an Avro converter would. */
public final class EnvelopeWriter {
  private final SchemaRegistry registry;
  private final Map<String, Schema> schemas = new HashMap<>();
  private final Map<String, Integer> ids = new HashMap<>();

  /**
   * @param registry where the schemas are registered
   */
  public EnvelopeWriter(SchemaRegistry registry) {
    this.registry = registry;
  }

  /** The event as the bytes of a record's value. */
  public byte[] write(SourceEvent event) {
    String version = event.table() + (event.wide() ? "-wide" : "");
    Schema envelope = schemas.computeIfAbsent(version, v -> envelope(event.table(), event.wide()));
    int id =
        ids.computeIfAbsent(
            version, v -> registry.register("shop." + version + "-value", envelope));
    Schema value = envelope.getField("before").schema().getTypes().get(1);
    GenericRecord source = new GenericData.Record(envelope.getField("source").schema());
    source.put("version", "3.6.0.Final");
    source.put("connector", "postgresql");
    source.put("name", "shop");
    source.put("ts_ms", event.commitMicros() / 1000);
    source.put("ts_us", event.commitMicros());
    source.put("snapshot", event.mark());
    source.put("db", "shop");
    source.put(
        "sequence",
        "["
            + (event.previousCommit() == null ? "null" : "\"" + event.previousCommit() + "\"")
            + ",\""
            + event.lsn()
            + "\"]");
    source.put("schema", "public");
    source.put("table", event.table());
    source.put("txId", event.transactionId());
    source.put("lsn", event.lsn());
    GenericRecord record = new GenericData.Record(envelope);
    record.put("before", row(value, event, event.before()));
    record.put("after", row(value, event, event.after()));
    record.put("source", source);
    record.put("op", event.op());
    if (event.totalOrder() > 0) {
      GenericRecord block =
          new GenericData.Record(envelope.getField("transaction").schema().getTypes().get(1));
      block.put("id", event.transactionId() + ":" + event.lsn());
      block.put("total_order", event.totalOrder());
      block.put("data_collection_order", event.totalOrder());
      record.put("transaction", block);
    }
    return WireFormat.frame(id, bytes(envelope, record));
  }

  private static GenericRecord row(Schema schema, SourceEvent event, Map<String, Object> values) {
    if (values == null) {
      return null;
    }
    GenericRecord row = new GenericData.Record(schema);
    ShopSchema.columns(event.table())
        .forEach((column, kind) -> row.put(column, value(kind, values.get(column), event.wide())));
    return row;
  }

  private static Object value(String kind, Object value, boolean wide) {
    if (value == null) {
      return null;
    }
    if (kind.startsWith("int")) {
      return wide ? (Object) (Long) value : (Object) ((Long) value).intValue();
    }
    return kind.startsWith("money")
        ? ByteBuffer.wrap(((BigDecimal) value).setScale(wide ? 4 : 2).unscaledValue().toByteArray())
        : value;
  }

  private static byte[] bytes(Schema schema, GenericRecord record) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
      new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
      encoder.flush();
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Schema envelope(String table, boolean wide) {
    List<Schema.Field> columns = new ArrayList<>();
    ShopSchema.columns(table)
        .forEach(
            (name, kind) ->
                columns.add(new Schema.Field(name, column(kind, wide), null, (Object) null)));
    Schema value = Schema.createRecord("Value", null, "shop.public." + table, false, columns);
    Schema text = Schema.create(Schema.Type.STRING);
    Schema number = Schema.create(Schema.Type.LONG);
    Schema source =
        Schema.createRecord(
            "Source",
            null,
            "io.debezium.connector.postgresql",
            false,
            List.of(
                field("version", text),
                field("connector", text),
                field("name", text),
                field("ts_ms", number),
                field("snapshot", nullable(text)),
                field("db", text),
                field("sequence", nullable(text)),
                field("ts_us", nullable(number)),
                field("schema", text),
                field("table", text),
                field("txId", nullable(number)),
                field("lsn", nullable(number))));
    Schema block =
        Schema.createRecord(
            "block",
            null,
            "event",
            false,
            List.of(
                field("id", text),
                field("total_order", number),
                field("data_collection_order", number)));
    return Schema.createRecord(
        "Envelope",
        null,
        "shop.public." + table,
        false,
        List.of(
            field("before", nullable(value)),
            field("after", nullable(value)),
            field("source", source),
            field("transaction", nullable(block)),
            field("op", text)));
  }

  private static Schema column(String kind, boolean wide) {
    Schema type;
    if (kind.startsWith("int")) {
      type = Schema.create(wide ? Schema.Type.LONG : Schema.Type.INT);
    } else if (kind.startsWith("money")) {
      type =
          LogicalTypes.decimal(wide ? 12 : 10, wide ? 4 : 2)
              .addToSchema(Schema.create(Schema.Type.BYTES));
      type.addProp("connect.name", "org.apache.kafka.connect.data.Decimal");
    } else if (kind.startsWith("timestamp")) {
      type = Schema.create(Schema.Type.LONG);
      type.addProp("connect.name", "io.debezium.time.MicroTimestamp");
    } else {
      type = Schema.create(Schema.Type.STRING);
    }
    return kind.endsWith("?") ? nullable(type) : type;
  }

  private static Schema nullable(Schema type) {
    return Schema.createUnion(Schema.create(Schema.Type.NULL), type);
  }

  private static Schema.Field field(String name, Schema schema) {
    return new Schema.Field(name, schema, null, (Object) null);
  }
}
