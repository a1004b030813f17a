package dev.cdcpipeline.it.examples;

import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.model.serde.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Change events of a helpdesk, as Debezium writes them; each is a transaction of its own. */
final class TicketEvents {
  private static final Schema HOURS =
      named(
          LogicalTypes.decimal(6, 2).addToSchema(Schema.create(Schema.Type.BYTES)),
          "org.apache.kafka.connect.data.Decimal");
  private static final Schema MICROS =
      named(Schema.create(Schema.Type.LONG), "io.debezium.time.MicroTimestamp");
  private static final Schema TICKET =
      SchemaBuilder.record("Value")
          .namespace("helpdesk.support.tickets")
          .fields()
          .requiredInt("ticket_id")
          .requiredInt("agent_id")
          .requiredString("state")
          .name("hours")
          .type(HOURS)
          .noDefault()
          .name("opened_at")
          .type(MICROS)
          .noDefault()
          .endRecord();
  private static final Schema AGENT =
      SchemaBuilder.record("Value")
          .namespace("helpdesk.support.agents")
          .fields()
          .requiredInt("agent_id")
          .requiredString("name")
          .endRecord();

  private final SchemaRegistry registry;
  private long lsn = 100;

  TicketEvents(SchemaRegistry registry) {
    this.registry = registry;
  }

  byte[] ticket(String op, int id, int agent, String state, String hours, long openedAt) {
    BigDecimal exact = new BigDecimal(hours).setScale(2);
    GenericRecord row =
        new GenericRecordBuilder(TICKET)
            .set("ticket_id", id)
            .set("agent_id", agent)
            .set("state", state)
            .set("hours", ByteBuffer.wrap(exact.unscaledValue().toByteArray()))
            .set("opened_at", openedAt)
            .build();
    return event("tickets", TICKET, op, row);
  }

  byte[] agent(String op, int id, String name) {
    GenericRecord row =
        new GenericRecordBuilder(AGENT).set("agent_id", id).set("name", name).build();
    return event("agents", AGENT, op, row);
  }

  private byte[] event(String table, Schema rowSchema, String op, GenericRecord row) {
    lsn += 10;
    Schema schema = envelope(table, rowSchema);
    GenericRecord source =
        new GenericRecordBuilder(schema.getField("source").schema())
            .set("schema", "support")
            .set("table", table)
            .set("sequence", "[\"" + (lsn - 5) + "\",\"" + lsn + "\"]")
            .set("lsn", lsn)
            .set("txId", lsn)
            .set("ts_ms", 0L)
            .set("snapshot", "false")
            .build();
    GenericRecord envelope = new GenericData.Record(schema);
    envelope.put(op.equals("d") ? "before" : "after", row);
    envelope.put("source", source);
    envelope.put("op", op);
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
      new GenericDatumWriter<GenericRecord>(schema).write(envelope, encoder);
      encoder.flush();
      return WireFormat.frame(registry.register(schema.getFullName(), schema), out.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Schema envelope(String table, Schema row) {
    Schema nullableRow = Schema.createUnion(Schema.create(Schema.Type.NULL), row);
    Schema source =
        SchemaBuilder.record("Source")
            .namespace("io.debezium.connector.postgresql")
            .fields()
            .requiredString("schema")
            .requiredString("table")
            .requiredString("sequence")
            .requiredLong("lsn")
            .requiredLong("txId")
            .requiredLong("ts_ms")
            .requiredString("snapshot")
            .endRecord();
    return SchemaBuilder.record("Envelope")
        .namespace("helpdesk.support." + table)
        .fields()
        .name("before")
        .type(nullableRow)
        .noDefault()
        .name("after")
        .type(nullableRow)
        .noDefault()
        .name("source")
        .type(source)
        .noDefault()
        .requiredString("op")
        .endRecord();
  }

  private static Schema named(Schema schema, String connectName) {
    schema.addProp("connect.name", connectName);
    return schema;
  }
}
