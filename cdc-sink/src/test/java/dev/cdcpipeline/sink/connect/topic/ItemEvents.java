package dev.cdcpipeline.sink.connect.topic;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;

/** Change events of a table {@code items}, as Debezium writes them. */
public final class ItemEvents {
  /** What stands for a value that the change left out, also in rows given here. */
  static final String UNAVAILABLE = "__debezium_unavailable_value";

  /** When all transactions commit. */
  public static final long COMMIT_MILLIS = 1_768_471_445_123L;

  static final Schema KEY = SchemaBuilder.record("Key").fields().requiredInt("id").endRecord();

  /** The columns of {@code items} at first. */
  static final String COLUMNS =
      """
      {"name": "id", "type": "int"},
      {"name": "note", "type": ["null", "string"], "default": null},
      {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal",
        "precision": 10, "scale": 2}},
      {"name": "story", "type": ["null", "string"], "default": null},
      {"name": "doc", "type": ["null", "string"], "default": null}\
      """;

  /** A row; {@code story} and {@code doc} are TOASTed. */
  public record Item(int id, String note, BigDecimal amount, String story, String doc) {}

  /**
   * Where a change stands.
   *
   * @param previous LSN of the commit before, null if Debezium does not know it
   * @param lsn null only for a row that an incremental snapshot read
   * @param order place in the transaction, 0 without one
   * @param transaction id of the transaction
   */
  public record Place(Long previous, Long lsn, long order, String snapshot, long transaction) {
    public Place(Long previous, Long lsn, long order, String snapshot) {
      this(previous, lsn, order, snapshot, 700);
    }

    static Place streamed(Long previous, long lsn, long order) {
      return new Place(previous, lsn, order, "false");
    }

    static Place snapshot(long lsn) {
      return new Place(null, lsn, 0, "true");
    }

    static Place incremental(long previous) {
      return new Place(previous, null, 0, "incremental");
    }
  }

  private final TopicHarness harness;
  private final Schema value;
  private final Schema envelope;

  public ItemEvents(TopicHarness harness) {
    this(harness, COLUMNS);
  }

  /** Events of the table with these columns. */
  public ItemEvents(TopicHarness harness, String columns) {
    this(harness, columns, UNAVAILABLE);
  }

  /** Events of a source connector that has a placeholder of its own. */
  public ItemEvents(TopicHarness harness, String columns, String placeholder) {
    this.harness = harness;
    this.envelope =
        new Schema.Parser()
            .parse(
                """
                {"type": "record", "name": "Envelope", "fields": [
                  {"name": "before", "type": ["null", {"type": "record", "name": "Value",
                    "connect.parameters": {"cdc.unavailable.value": "%s"},
                    "fields": [%s]}], "default": null},
                  {"name": "after", "type": ["null", "Value"], "default": null},
                  {"name": "source", "type": {"type": "record", "name": "Source", "fields": [
                    {"name": "schema", "type": "string"},
                    {"name": "table", "type": "string"},
                    {"name": "txId", "type": ["null", "long"], "default": null},
                    {"name": "lsn", "type": ["null", "long"], "default": null},
                    {"name": "sequence", "type": ["null", "string"], "default": null},
                    {"name": "snapshot", "type": "string"},
                    {"name": "ts_ms", "type": "long"}]}},
                  {"name": "op", "type": "string"},
                  {"name": "transaction", "type": ["null", {"type": "record", "name": "block",
                    "fields": [
                    {"name": "id", "type": "string"},
                    {"name": "total_order", "type": "long"},
                    {"name": "data_collection_order", "type": "long"}]}], "default": null}
                ]}\
                """
                    .formatted(placeholder, columns));
    this.value = envelope.getField("before").schema().getTypes().get(1);
  }

  public byte[] key(int id) {
    return harness.avro(new GenericRecordBuilder(KEY).set("id", id).build());
  }

  public byte[] upsert(String operation, Item item, Place place) {
    return event(operation, null, row(item), place);
  }

  /** A change of a table with other columns. */
  public byte[] upsert(String operation, GenericRecord row, Place place) {
    return event(operation, null, row, place);
  }

  /** A row with columns of its own, to be filled. */
  public GenericRecord row() {
    return new GenericData.Record(value);
  }

  /** Under REPLICA IDENTITY DEFAULT: only the key can be trusted. */
  byte[] delete(int id, Place place) {
    return event("d", row(new Item(id, null, new BigDecimal("0.00"), null, null)), null, place);
  }

  public byte[] truncate(Place place) {
    return event("t", null, null, place);
  }

  private byte[] event(String operation, GenericRecord before, GenericRecord after, Place place) {
    GenericRecord source = new GenericData.Record(envelope.getField("source").schema());
    source.put("schema", "public");
    source.put("table", "items");
    source.put("txId", place.order() == 0 ? null : place.transaction());
    source.put("lsn", place.lsn());
    source.put(
        "sequence",
        "[%s,\"%s\"]"
            .formatted(
                place.previous() == null ? "null" : "\"" + place.previous() + "\"", place.lsn()));
    source.put("snapshot", place.snapshot());
    source.put("ts_ms", COMMIT_MILLIS);
    GenericRecord event = new GenericData.Record(envelope);
    event.put("before", before);
    event.put("after", after);
    event.put("source", source);
    event.put("op", operation);
    if (place.order() > 0) {
      GenericRecord block =
          new GenericData.Record(envelope.getField("transaction").schema().getTypes().get(1));
      block.put("id", place.transaction() + ":" + place.lsn());
      block.put("total_order", place.order());
      block.put("data_collection_order", place.order());
      event.put("transaction", block);
    }
    return harness.avro(event);
  }

  private GenericRecord row(Item item) {
    GenericRecord row = new GenericData.Record(value);
    row.put("id", item.id());
    row.put("note", item.note());
    row.put("amount", ByteBuffer.wrap(item.amount().unscaledValue().toByteArray()));
    if (value.getField("story") != null) {
      row.put("story", item.story());
      row.put("doc", item.doc());
    }
    return row;
  }
}
