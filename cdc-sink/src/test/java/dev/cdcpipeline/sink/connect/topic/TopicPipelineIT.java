package dev.cdcpipeline.sink.connect.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.postgres.FencedException;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of result topics, as the Streams application writes them, into tables. */
class TopicPipelineIT {
  private static final PartitionId P0 = new PartitionId("product_sales", 0);
  private static final PartitionId P1 = new PartitionId("product_sales", 1);

  private static final Schema KEY =
      SchemaBuilder.record("ProductKey").fields().requiredLong("product_id").endRecord();
  private static final Schema VALUE =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "ProductSales", "fields": [
                {"name": "product_id", "type": "long"},
                {"name": "name", "type": ["null", "string"], "default": null},
                {"name": "units_sold", "type": "int"},
                {"name": "revenue", "type": {"type": "bytes", "logicalType": "decimal",
                  "precision": 38, "scale": 2}},
                {"name": "share", "type": "double"},
                {"name": "open", "type": "boolean"},
                {"name": "seen_at", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
                {"name": "source_lsn", "type": {"type": "string", "connect.parameters":
                  {"__debezium.source.column.type": "PG_LSN"}}}
              ]}\
              """);

  private TargetDatabase target;
  private TopicHarness harness;

  @BeforeEach
  void open() throws Exception {
    target = new TargetDatabase();
    harness = new TopicHarness(target, "upsert");
    harness.settings.put("table.name.format", "streamed.${table}");
  }

  @AfterEach
  void close() throws Exception {
    target.close();
  }

  private byte[] key(long id) {
    return harness.avro(new GenericRecordBuilder(KEY).set("product_id", id).build());
  }

  private byte[] value(long id, String name, long cents) {
    GenericRecord record = new GenericData.Record(VALUE);
    record.put("product_id", id);
    record.put("name", name);
    record.put("units_sold", (int) id * 3);
    record.put(
        "revenue", ByteBuffer.wrap(BigDecimal.valueOf(cents, 2).unscaledValue().toByteArray()));
    record.put("share", id / 4.0);
    record.put("open", id % 2 == 0);
    record.put("seen_at", 1_768_471_445_123_456L);
    record.put("source_lsn", "0/" + Long.toHexString(100 + id).toUpperCase(java.util.Locale.ROOT));
    return harness.avro(record);
  }

  private SinkRecord upsert(PartitionId partition, long id, String name, long cents) {
    return harness.record(partition, key(id), value(id, name, cents));
  }

  private SinkRecord delete(PartitionId partition, long id) {
    return harness.record(partition, key(id), null);
  }

  private long ledger(PartitionId partition) throws Exception {
    return Long.parseLong(
        target.value(
            "SELECT next_offset FROM cdc.offsets WHERE partition = " + partition.partition()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "500"}) // by COPY, by arrays
  void writesTheLastRecordOfEveryKeyAndDeletesByTombstones(String copyThreshold) throws Exception {
    harness.settings.put("copy.threshold", copyThreshold);
    try (Pipeline pipeline = harness.open(P0, P1)) {
      TopicHarness.write(
          pipeline,
          List.of(
              upsert(P0, 1, "a tea", -1_234_567),
              upsert(P0, 2, null, 0),
              upsert(P1, 3, "döner \t\\ \"x\"", 100_000_000),
              upsert(P0, 1, "tea", 1_050),
              delete(P0, 2),
              upsert(P1, 4, "gone", 1)));
      TopicHarness.write(pipeline, List.of(delete(P1, 4), delete(P1, 99), upsert(P1, 5, "", -5)));
    }

    assertThat(
            target.rows(
                "SELECT product_id, name, units_sold, revenue, share, open, seen_at, source_lsn"
                    + " FROM streamed.product_sales ORDER BY 1"))
        .containsExactly(
            "1|tea|3|10.50|0.25|f|2026-01-15 10:04:05.123456|0/65",
            "3|döner \t\\ \"x\"|9|1000000.00|0.75|f|2026-01-15 10:04:05.123456|0/67",
            "5||15|-0.05|1.25|f|2026-01-15 10:04:05.123456|0/69");
    assertThat(target.value("SELECT pg_typeof(source_lsn) FROM streamed.product_sales LIMIT 1"))
        .isEqualTo("pg_lsn");
    assertThat(ledger(P0)).isEqualTo(4);
    assertThat(ledger(P1)).isEqualTo(5);
    assertThat(target.value("SELECT topic_id FROM cdc.offsets LIMIT 1"))
        .isEqualTo(TopicHarness.TOPIC_ID.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "500"})
  void doesNotRewriteARowThatWouldNotChange(String copyThreshold) throws Exception {
    harness.settings.put("copy.threshold", copyThreshold);
    harness.settings.put("applied.at.column", "updated_at");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(upsert(P0, 1, "tea", 5), upsert(P0, 2, "nut", 6)));
      List<String> before =
          target.rows("SELECT xmin, updated_at FROM streamed.product_sales ORDER BY product_id");
      TopicHarness.write(pipeline, List.of(upsert(P0, 1, "tea", 5), upsert(P0, 2, "nut", 7)));
      List<String> after =
          target.rows("SELECT xmin, updated_at FROM streamed.product_sales ORDER BY product_id");

      assertThat(after.get(0)).isEqualTo(before.get(0));
      assertThat(after.get(1)).isNotEqualTo(before.get(1));
    }
  }

  @ParameterizedTest
  @CsvSource({"upsert, 1", "upsert, 500", "append, 1", "append, 500"})
  void stampsRowsOfATableWhoseColumnHasNoDefault(String mode, String copyThreshold)
      throws Exception {
    target.run(
        "CREATE SCHEMA streamed; CREATE TABLE streamed.product_sales ("
            + "product_id bigint PRIMARY KEY, name text, updated_at timestamptz)");
    harness.settings.put("mode", mode);
    harness.settings.put("schema.evolution", "add");
    harness.settings.put("copy.threshold", copyThreshold);
    harness.settings.put("applied.at.column", "updated_at");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(upsert(P0, 1, "tea", 5), upsert(P0, 2, "nut", 6)));
    }
    assertThat(
            target.value(
                "SELECT count(updated_at) || ' of ' || count(*) FROM streamed.product_sales"))
        .isEqualTo("2 of 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "500"})
  void countsTheRowsThatTheDatabaseChangedBesideTheRecords(String copyThreshold) throws Exception {
    harness.settings.put("copy.threshold", copyThreshold);
    try (Pipeline pipeline = harness.open(P0)) {
      Function<String, Object> metrics = TopicHarness.measure(pipeline);
      TopicHarness.write(
          pipeline,
          List.of(upsert(P0, 1, "a tea", 5), upsert(P0, 1, "tea", 5), upsert(P0, 2, "nut", 6)));
      assertThat(metrics.apply("rows-written-total")).isEqualTo(2L);

      SinkRecord same = upsert(P0, 1, "tea", 5);
      TopicHarness.write(pipeline, List.of(same, delete(P0, 2), delete(P0, 99)));
      assertThat(metrics.apply("rows-written-total")).as("one was deleted").isEqualTo(3L);
      assertThat(metrics.apply("changes-update-total")).isEqualTo(4L);
      assertThat(metrics.apply("changes-delete-total")).isEqualTo(2L);

      TopicHarness.write(pipeline, List.of(same));
      assertThat(metrics.apply("changes-update-total")).isEqualTo(4L);
      assertThat(metrics.apply("dropped-repeats-total")).isEqualTo(1L);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "500"})
  void appendsEveryRecordOnceWhateverIsReadAgain(String copyThreshold) throws Exception {
    harness.settings.put("mode", "append");
    harness.settings.put("copy.threshold", copyThreshold);
    List<SinkRecord> records = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      records.add(upsert(P0, i % 3, "n" + i, i));
    }
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, records.subList(0, 20));
    }
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, records);
      TopicHarness.write(pipeline, records.subList(10, 30));
    }

    assertThat(
            target.value(
                "SELECT count(*) || '|' || count(DISTINCT name) FROM streamed.product_sales"))
        .isEqualTo("30|30");
    assertThat(ledger(P0)).isEqualTo(30);
  }

  @Test
  void aZombiesFlushChangesNothing() throws Exception {
    try (Pipeline zombie = harness.open(P0)) {
      TopicHarness.write(zombie, List.of(upsert(P0, 1, "tea", 5)));
      try (Pipeline successor = harness.open(P0)) {
        SinkRecord late = upsert(P0, 1, "late", 6);
        assertThatThrownBy(() -> TopicHarness.write(zombie, List.of(late)))
            .isInstanceOf(FencedException.class);
        TopicHarness.write(successor, List.of(upsert(P0, 2, "nut", 7)));
      }
    }
    assertThat(target.rows("SELECT name FROM streamed.product_sales ORDER BY 1"))
        .containsExactly("nut", "tea");
  }

  @Test
  void followsNewColumnsAndFillsThoseThatAreGone() throws Exception {
    Schema wider =
        SchemaBuilder.record("ProductSales")
            .fields()
            .requiredLong("product_id")
            .optionalString("category")
            .endRecord();
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              upsert(P0, 1, "tea", 5),
              harness.record(
                  P0,
                  key(2),
                  harness.avro(
                      new GenericRecordBuilder(wider)
                          .set("product_id", 2L)
                          .set("category", "food")
                          .build())),
              upsert(P0, 1, "green tea", 6)));
    }
    assertThat(
            target.rows("SELECT product_id, name, category FROM streamed.product_sales ORDER BY 1"))
        .containsExactly("1|green tea|null", "2|null|food");
    assertThat(target.value("SELECT count(*) FROM cdc.schema_changes")).isEqualTo("2");
  }

  @Test
  void sendsWhatCannotBeDecodedToTheDeadLettersAndGoesOn() throws Exception {
    byte[] cut = java.util.Arrays.copyOf(value(2, "cut", 6), 9);
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              upsert(P0, 1, "tea", 5),
              harness.record(P0, key(2), cut),
              harness.record(P0, null, value(3, "no key", 1)),
              upsert(P0, 4, "nut", 5)));
    }
    assertThat(target.rows("SELECT name FROM streamed.product_sales ORDER BY 1"))
        .containsExactly("nut", "tea");
    assertThat(harness.reasons).hasSize(2);
    assertThat(harness.reasons.get(0)).startsWith("[product_sales-0@1] cannot decode value");
    assertThat(harness.reasons.get(1)).startsWith("[product_sales-0@2] the record has no key");
    assertThat(ledger(P0)).isEqualTo(4);
  }

  @Test
  void aSnapshotThatReadsATableAgainStopsNothing() throws Exception {
    PartitionId items = new PartitionId("shop.public.items", 0);
    ItemEvents events = new ItemEvents(harness);
    ItemEvents.Place read = ItemEvents.Place.snapshot(200);
    try (Pipeline pipeline = harness.open(items)) {
      TopicHarness.write(
          pipeline,
          List.of(
              harness.record(
                  items, null, events.truncate(new ItemEvents.Place(null, 200L, 0, "first"))),
              harness.record(
                  items,
                  events.key(1),
                  events.upsert(
                      "r",
                      new ItemEvents.Item(1, "read", BigDecimal.ONE.setScale(2), null, null),
                      read))));

      SinkRecord truncate =
          harness.record(items, null, events.truncate(ItemEvents.Place.streamed(210L, 220, 1)));
      assertThatThrownBy(() -> pipeline.accept(truncate))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("the source table was truncated");
    }
    assertThat(target.value("SELECT id || ' ' || note FROM streamed.items")).isEqualTo("1 read");
  }
}
