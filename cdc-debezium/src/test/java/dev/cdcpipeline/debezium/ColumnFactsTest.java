package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class ColumnFactsTest {
  private static final String DEFAULT_PLACEHOLDER = "__debezium_unavailable_value";

  private static final Schema KEY = SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();
  private static final Schema ROW =
      SchemaBuilder.struct()
          .name("shop.public.orders.Value")
          .optional()
          .field("id", Schema.INT32_SCHEMA)
          .field("must", SchemaBuilder.string().parameter("length", "5").build())
          .field("may", SchemaBuilder.int32().optional().defaultValue(7).build())
          .field("tags", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
          .build();
  private static final Schema SOURCE =
      SchemaBuilder.struct()
          .field("schema", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .build();
  private static final Schema ENVELOPE =
      SchemaBuilder.struct()
          .name("shop.public.orders.Envelope")
          .field("before", ROW)
          .field("after", ROW)
          .field("source", SOURCE)
          .field("op", Schema.STRING_SCHEMA)
          .build();

  private int lookUps;

  private SourceRecord described(String placeholder, SourceRecord... records) {
    ColumnFacts facts =
        new ColumnFacts(
            new ColumnFacts.Catalogue() {
              @Override
              public Schema key(String schema, String table) {
                assertThat(schema + "." + table).isEqualTo("public.orders");
                return KEY;
              }

              @Override
              public Map<String, String> missingValues(String schema, String table) {
                lookUps++;
                assertThat(schema + "." + table).isEqualTo("public.orders");
                return Map.of("must", "it's");
              }
            },
            placeholder);
    List<SourceRecord> described = facts.of(List.of(records));
    return described.get(described.size() - 1);
  }

  private static SourceRecord change(Schema envelope) {
    Struct row = new Struct(ROW).put("id", 1).put("must", "m").put("tags", List.of("a"));
    Struct value =
        new Struct(envelope)
            .put("after", row)
            .put("source", new Struct(SOURCE).put("schema", "public").put("table", "orders"))
            .put("op", "c");
    return new SourceRecord(
        Map.of("server", "shop"),
        Map.of("lsn", 5L),
        "shop.public.orders",
        KEY,
        new Struct(KEY).put("id", 1),
        envelope,
        value);
  }

  @Test
  void columnsOutsideTheKeyMayBeAbsentAndSayWhatTheyAreAtTheSource() {
    SourceRecord record = described(DEFAULT_PLACEHOLDER, change(ENVELOPE));

    Schema row = record.valueSchema().field("after").schema();
    assertThat(record.valueSchema().field("before").schema()).isSameAs(row);
    assertThat(row.name()).isEqualTo(ROW.name());
    assertThat(row.parameters()).isNull();
    assertThat(row.field("id").schema().isOptional()).isFalse();
    assertThat(row.field("must").schema().isOptional()).isTrue();
    assertThat(row.field("must").schema().parameters())
        .isEqualTo(
            Map.of("length", "5", ColumnFacts.NOT_NULL, "true", ColumnFacts.MISSING_VALUE, "it's"));
    assertThat(row.field("may").schema().defaultValue()).isNull();
    assertThat(row.field("may").schema().parameters()).isNull();
    assertThat(row.field("tags").schema().valueSchema()).isEqualTo(Schema.STRING_SCHEMA);
  }

  @Test
  void valuesStayAsTheyAreAndANullIsNoDefault() {
    Struct value = (Struct) described(DEFAULT_PLACEHOLDER, change(ENVELOPE)).value();

    value.validate();
    Struct row = value.getStruct("after");
    assertThat(row.get("id")).isEqualTo(1);
    assertThat(row.get("must")).isEqualTo("m");
    assertThat(row.get("may")).isNull();
    assertThat(row.get("tags")).isEqualTo(List.of("a"));
    assertThat(value.get("before")).isNull();
    assertThat(value.get("op")).isEqualTo("c");
  }

  @Test
  void theCatalogueIsAskedOnceForEachVersionOfATable() {
    Schema other =
        SchemaBuilder.struct()
            .name(ENVELOPE.name())
            .field("before", ROW)
            .field("after", ROW)
            .field("source", SOURCE)
            .field("op", Schema.STRING_SCHEMA)
            .field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA)
            .build();
    described(DEFAULT_PLACEHOLDER, change(ENVELOPE), change(ENVELOPE), change(other));

    assertThat(lookUps).isEqualTo(2);
  }

  /** It has no key of its own: its schema would say that the key may be NULL. */
  @Test
  void aTruncateIsDescribedAsTheTablesOtherChanges() {
    SourceRecord change = change(ENVELOPE);
    Struct value =
        new Struct(ENVELOPE).put("op", "t").put("source", ((Struct) change.value()).get("source"));
    SourceRecord truncate =
        change.newRecord(change.topic(), null, null, null, ENVELOPE, value, null);

    assertThat(described(DEFAULT_PLACEHOLDER, truncate).valueSchema())
        .isEqualTo(described(DEFAULT_PLACEHOLDER, change).valueSchema());
    assertThat(lookUps).isEqualTo(2);
  }

  @Test
  void anotherPlaceholderIsNamedInTheRowsSchema() {
    SourceRecord record = described("never sent", change(ENVELOPE));

    assertThat(record.valueSchema().field("after").schema().parameters())
        .isEqualTo(Map.of(ColumnFacts.UNAVAILABLE_VALUE, "never sent"));
  }

  @Test
  void recordsThatAreNoChangesOfARowStayTheSame() {
    Schema schema = SchemaBuilder.struct().field("status", Schema.STRING_SCHEMA).build();
    SourceRecord marker =
        new SourceRecord(
            Map.of(),
            Map.of(),
            "shop.transaction",
            schema,
            new Struct(schema).put("status", "END"));
    SourceRecord tombstone =
        new SourceRecord(
            Map.of(),
            Map.of(),
            "shop.public.orders",
            KEY,
            new Struct(KEY).put("id", 1),
            null,
            null);

    assertThat(described(DEFAULT_PLACEHOLDER, marker)).isSameAs(marker);
    assertThat(described(DEFAULT_PLACEHOLDER, tombstone)).isSameAs(tombstone);
  }
}
