package dev.cdcpipeline.model.serde;

import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/** Change events as Debezium writes them, to be varied field by field. */
final class Envelopes {
  private final Schema schema;
  private final Map<String, Object> fields = new HashMap<>();
  private final Map<String, Object> source = new HashMap<>();

  private Envelopes(Schema schema, String table) {
    this.schema = schema;
    source.put("version", "3.6.0.Final");
    source.put("connector", "postgresql");
    source.put("name", "d");
    source.put("ts_ms", 1_700_000_000_123L);
    source.put("ts_us", 1_700_000_000_123_456L);
    source.put("ts_ns", 1_700_000_000_123_456_000L);
    source.put("snapshot", "false");
    source.put("db", "shop");
    source.put("sequence", "[\"24023128\",\"24024000\"]");
    source.put("schema", "public");
    source.put("table", table);
    source.put("txId", 750L);
    source.put("lsn", 24_024_000L);
    fields.put("ts_ms", 1_700_000_000_200L);
  }

  static Envelopes of(Schema schema, String table) {
    return new Envelopes(schema, table);
  }

  static Envelopes orders() {
    return of(Avro.sample("d.public.orders-value.v1.avsc"), "orders");
  }

  static Envelopes customers() {
    return of(Avro.sample("d.public.customers-value.v1.avsc"), "customers");
  }

  Envelopes op(String op) {
    fields.put("op", op);
    return this;
  }

  Envelopes before(Map<String, ?> row) {
    fields.put("before", Avro.record(schema.getField("before").schema(), row));
    return this;
  }

  Envelopes after(Map<String, ?> row) {
    fields.put("after", Avro.record(schema.getField("after").schema(), row));
    return this;
  }

  Envelopes source(String field, Object value) {
    source.put(field, value);
    return this;
  }

  Envelopes transaction(String id, long totalOrder, long collectionOrder) {
    fields.put(
        "transaction",
        Avro.record(
            schema.getField("transaction").schema(),
            Map.of("id", id, "total_order", totalOrder, "data_collection_order", collectionOrder)));
    return this;
  }

  Schema schema() {
    return schema;
  }

  GenericData.Record datum() {
    fields.put("source", Avro.record(schema.getField("source").schema(), source));
    return Avro.record(schema, fields);
  }

  byte[] bytes(SchemaRegistry registry) {
    return Avro.framed(registry, schema, datum());
  }

  /** An order's row. */
  static Map<String, Object> order(int id, int customer, String status, String total) {
    Map<String, Object> row = new HashMap<>();
    row.put("id", id);
    row.put("customer_id", customer);
    row.put("status", status);
    row.put("total", total == null ? null : Avro.decimal(total));
    row.put("created_at", 1_700_000_000_000_001L);
    return row;
  }
}
