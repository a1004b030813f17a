package dev.cdcpipeline.sink.connect.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.math.BigDecimal;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records as converters make them: structs, maps without a schema, bare values, envelopes. */
class ConnectInputIT {
  private static final PartitionId P0 = new PartitionId("shop.public.readings", 0);

  private TargetDatabase target;
  private TopicHarness harness;

  @BeforeEach
  void open() throws Exception {
    target = new TargetDatabase();
    harness = new TopicHarness(target, "upsert");
    harness.settings.put("input", "connect");
    harness.settings.remove("schema.registry.url");
    harness.settings.put("table.name.format", "${table}");
  }

  @AfterEach
  void close() throws Exception {
    target.close();
  }

  private static SinkRecord record(
      long offset, Schema keySchema, Object key, Schema valueSchema, Object value) {
    return new SinkRecord(
        P0.topic(), 0, keySchema, key, valueSchema, value, offset, 1L, TimestampType.CREATE_TIME);
  }

  @Test
  @SuppressWarnings("JavaUtilDate") // what Connect's logical types are made of
  void writesStructsWithTheirLogicalTypes() throws Exception {
    Schema schema =
        SchemaBuilder.struct()
            .field("id", Schema.INT32_SCHEMA)
            .field("amount", Decimal.schema(3))
            .field("at", Timestamp.SCHEMA)
            .field("ratio", Schema.OPTIONAL_FLOAT64_SCHEMA)
            .field("raw", Schema.BYTES_SCHEMA)
            .field("tags", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
            .build();
    Struct row =
        new Struct(schema)
            .put("id", 7)
            .put("amount", new BigDecimal("-12.345"))
            .put("at", new Date(1_768_471_445_123L))
            .put("raw", new byte[] {1, (byte) 0xFF})
            .put("tags", List.of("a", "b \"c\""));
    harness.settings.put("key.columns", "id");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              record(0, Schema.INT32_SCHEMA, 7, schema, row),
              record(
                  1,
                  Schema.INT32_SCHEMA,
                  8,
                  schema,
                  new Struct(schema)
                      .put("id", 8)
                      .put("amount", new BigDecimal("1.000"))
                      .put("at", new Date(0))
                      .put("ratio", 0.5)
                      .put("raw", new byte[0])
                      .put("tags", List.of())),
              record(2, Schema.INT32_SCHEMA, 8, null, null)));
    }
    assertThat(target.rows("SELECT * FROM readings"))
        .containsExactly("7|-12.345|2026-01-15 10:04:05.123|null|\\x01ff|{a,\"b \\\"c\\\"\"}");
  }

  @Test
  void writesMapsWithoutASchemaByAKeyFromTheValue() throws Exception {
    harness.settings.put("key.from", "value");
    harness.settings.put("key.columns", "site,n");
    Map<String, Object> first = new HashMap<>(Map.of("site", "north", "n", 1L, "level", 1.5));
    first.put("note", null);
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              record(0, null, null, null, first),
              record(1, null, null, null, Map.of("site", "south", "n", 1L, "note", "x")),
              record(2, null, null, null, Map.of("site", "north", "n", 1L, "level", 2.5)),
              record(3, null, null, null, Map.of("n", 1L, "level", 2.5)),
              record(4, null, null, null, Map.of("site", "x", "n", 1L, "deep", Map.of("a", 1)))));
    }
    assertThat(target.rows("SELECT site, n, level, note FROM readings ORDER BY site"))
        .containsExactly("north|1|2.5|null", "south|1|null|x");
    assertThat(harness.reasons).hasSize(2);
    assertThat(harness.reasons.get(0)).contains("@3]").contains("column site").contains("23502");
    assertThat(harness.reasons.get(1)).contains("field deep is a");
  }

  @Test
  void appliesEnvelopesByTheirKey() throws Exception {
    Schema key = SchemaBuilder.struct().field("id", Schema.INT64_SCHEMA).build();
    Schema row =
        SchemaBuilder.struct()
            .optional()
            .field("id", Schema.INT64_SCHEMA)
            .field("note", Schema.OPTIONAL_STRING_SCHEMA)
            .build();
    Schema source = SchemaBuilder.struct().field("table", Schema.STRING_SCHEMA).build();
    Schema envelope =
        SchemaBuilder.struct()
            .field("before", row)
            .field("after", row)
            .field("source", source)
            .field("op", Schema.STRING_SCHEMA)
            .build();
    Struct origin = new Struct(source).put("table", "readings");
    try (Pipeline pipeline = harness.open(P0)) {
      for (int i = 0; i < 4; i++) {
        long id = i % 2;
        String op = i == 2 ? "d" : i == 3 ? "u" : "c";
        Struct image = new Struct(row).put("id", id).put("note", "n" + i);
        Struct change = new Struct(envelope).put("source", origin).put("op", op);
        change.put(op.equals("d") ? "before" : "after", image);
        TopicHarness.write(
            pipeline, List.of(record(i, key, new Struct(key).put("id", id), envelope, change)));
      }
    }
    assertThat(target.rows("SELECT * FROM readings")).containsExactly("1|n3");
    assertThat(harness.deadLetters).isEmpty();
  }

  @Test
  void aNullIsNullWhereItsFieldHasADefault() throws Exception {
    Schema schema =
        SchemaBuilder.struct()
            .field("id", Schema.INT32_SCHEMA)
            .field("status", SchemaBuilder.string().optional().defaultValue("pending").build())
            .field("n", SchemaBuilder.int32().optional().defaultValue(5).build())
            .field(
                "price", Decimal.builder(2).optional().defaultValue(new BigDecimal("1.50")).build())
            .field("open", SchemaBuilder.bool().optional().defaultValue(true).build())
            .build();
    harness.settings.put("key.columns", "id");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(record(0, Schema.INT32_SCHEMA, 7, schema, new Struct(schema).put("id", 7))));
    }
    assertThat(target.rows("SELECT * FROM readings")).containsExactly("7|null|null|null|null");
  }

  @Test
  void anUnsentValueIsWhatTheRowsSchemaSays() throws Exception {
    Schema schema =
        SchemaBuilder.struct()
            .parameter("cdc.unavailable.value", "never sent")
            .field("id", Schema.INT32_SCHEMA)
            .field("note", Schema.STRING_SCHEMA)
            .field("other", Schema.STRING_SCHEMA)
            .build();
    harness.settings.put("key.columns", "id");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              note(0, schema, "first", "__debezium_unavailable_value"),
              note(1, schema, "never sent", "b")));
    }
    assertThat(target.rows("SELECT * FROM readings"))
        .containsExactly("7|first|__debezium_unavailable_value");
    assertThat(harness.deadLetters)
        .as("refused, as such a row would be written with a hole")
        .extracting(SinkRecord::kafkaOffset)
        .containsExactly(1L);
  }

  private static SinkRecord note(long offset, Schema schema, String note, String other) {
    Struct row = new Struct(schema).put("id", 7).put("note", note).put("other", other);
    return record(offset, Schema.INT32_SCHEMA, 7, schema, row);
  }

  @Test
  void theAnnouncementOfASnapshotIsNoTruncate() throws Exception {
    Schema row =
        SchemaBuilder.struct().optional().field("id", Schema.OPTIONAL_INT64_SCHEMA).build();
    Schema source =
        SchemaBuilder.struct()
            .field("table", Schema.STRING_SCHEMA)
            .field("snapshot", Schema.OPTIONAL_STRING_SCHEMA)
            .build();
    Schema envelope =
        SchemaBuilder.struct()
            .field("before", row)
            .field("after", row)
            .field("source", source)
            .field("op", Schema.STRING_SCHEMA)
            .build();
    Struct announcement =
        new Struct(envelope)
            .put("source", new Struct(source).put("table", "readings").put("snapshot", "first"))
            .put("op", "t");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(record(0, null, null, envelope, announcement)));
    }
    assertThat(harness.deadLetters).isEmpty();
  }

  @Test
  void aTruncateStopsTheTaskUntilItIsToBeIgnored() throws Exception {
    Schema row =
        SchemaBuilder.struct()
            .optional()
            .field("id", Schema.INT64_SCHEMA)
            .field("note", Schema.OPTIONAL_STRING_SCHEMA)
            .build();
    Schema source = SchemaBuilder.struct().field("table", Schema.STRING_SCHEMA).build();
    Schema envelope =
        SchemaBuilder.struct()
            .field("before", row)
            .field("after", row)
            .field("source", source)
            .field("op", Schema.STRING_SCHEMA)
            .build();
    Schema key = SchemaBuilder.struct().field("id", Schema.INT64_SCHEMA).build();
    Struct origin = new Struct(source).put("table", "readings");
    Struct truncate = new Struct(envelope).put("source", origin).put("op", "t");
    Struct change =
        new Struct(envelope)
            .put("source", origin)
            .put("op", "c")
            .put("after", new Struct(row).put("id", 2L).put("note", "after"));
    List<SinkRecord> records =
        List.of(
            record(0, null, null, envelope, truncate),
            record(1, key, new Struct(key).put("id", 2L), envelope, change));

    try (Pipeline pipeline = harness.open(P0)) {
      assertThatThrownBy(() -> TopicHarness.write(pipeline, records))
          .hasMessageContaining("[" + P0.topic() + "-0@0] the source table was truncated")
          .hasMessageContaining("truncates." + P0.topic() + "=ignore")
          .hasMessageContaining("./cdc table reread");
    }
    harness.settings.put("truncates." + P0.topic(), "ignore");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, records);
    }
    assertThat(target.rows("SELECT * FROM readings")).containsExactly("2|after");
  }

  @Test
  void writesBareValues() throws Exception {
    harness.settings.put("mode", "append");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              record(0, null, null, Schema.STRING_SCHEMA, "one"),
              record(1, null, null, Schema.STRING_SCHEMA, "two"),
              record(2, null, null, null, null)));
    }
    assertThat(target.rows("SELECT value FROM readings")).containsExactly("one", "two");
  }
}
