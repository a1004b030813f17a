package dev.cdcpipeline.transforms.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.model.serde.WireFormat;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.ColumnKind;
import dev.cdcpipeline.transforms.changelog.TableDefinition;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings.StoreKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.Test;

/** A result over tables that are not the shop's, as a user writes it. */
class OwnResultTest {

  record Visit(long visitId, Long pageId, String visitor) {}

  record Page(long pageId, String path) {}

  private static final TableDefinition<Visit> VISITS =
      TableDefinition.of("web", "visits")
          .key("visit_id", ColumnKind.INTEGER)
          .column("page_id", ColumnKind.INTEGER)
          .column("visitor", ColumnKind.TEXT)
          .rows(
              row ->
                  new Visit(row.integer("visit_id"), row.integer("page_id"), row.text("visitor")));

  private static final TableDefinition<Page> PAGES =
      TableDefinition.of("web", "pages")
          .key("page_id", ColumnKind.INTEGER)
          .column("path", ColumnKind.TEXT)
          .rows(row -> new Page(row.integer("page_id"), row.text("path")));

  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private long lsn = 100;

  @Test
  void countsVisitsAndVisitorsOfEachPage() throws IOException {
    Pipeline pipeline = pipeline();
    Table<Visit> visits = pipeline.table(VISITS);
    Table<Page> pages = pipeline.table(PAGES);
    Aggregate<Visit, ?, Long> visitors = Aggregate.countDistinct(Visit::visitor, ValueType.STRING);
    visits
        .groupBy("visits-by-page", ValueType.LONG, Visit::pageId)
        .leftJoin(pages)
        .aggregate(visitors)
        .to(
            new ResultTopic<>("visits_by_page", Serdes.Long(), Serdes.String()),
            pageId -> pageId,
            (pageId, page, results) ->
                (page == null ? "?" : page.path())
                    + " "
                    + results.rows()
                    + " by "
                    + results.get(visitors));

    try (TopologyTestDriver driver = new TopologyTestDriver(pipeline.build(), config())) {
      Schema visit = schema("visits", "visit_id", "page_id", "visitor");
      input(driver, "visits").pipeInput(event(visit, "c", 1, 9, "ann"));
      input(driver, "visits").pipeInput(event(visit, "c", 2, 9, "ann"));
      input(driver, "pages")
          .pipeInput(event(schema("pages", "page_id", null, "path"), "c", 9, 0, "/home"));
      input(driver, "visits").pipeInput(event(visit, "u", 2, 9, "bob"));

      assertThat(
              driver
                  .createOutputTopic(
                      "visits_by_page", new LongDeserializer(), new StringDeserializer())
                  .readKeyValuesToList())
          .containsExactly(
              KeyValue.pair(9L, "? 1 by 1"),
              KeyValue.pair(9L, "? 2 by 1"),
              KeyValue.pair(9L, "/home 2 by 1"),
              KeyValue.pair(9L, "/home 2 by 2"));
    }
  }

  @Test
  void refusesAJoinByAKeyOfAnotherType() {
    Pipeline pipeline = pipeline();
    Grouping<Visit, String, Void> byVisitor =
        pipeline.table(VISITS).groupBy("visits-by-visitor", ValueType.STRING, Visit::visitor);
    Table<Page> pages = pipeline.table(PAGES);

    assertThatThrownBy(() -> byVisitor.leftJoin(pages))
        .hasMessage(
            "cannot look up web.pages by a key of another type than its key column page_id");
  }

  @Test
  void refusesATableTwice() {
    Pipeline pipeline = pipeline();
    pipeline.table(PAGES);

    assertThatThrownBy(() -> pipeline.table(PAGES))
        .hasMessage("table pages is in the pipeline already; use the same object again");
  }

  private Pipeline pipeline() {
    return new Pipeline(
        PipelineSettings.of("site", 1).withStores(StoreKind.IN_MEMORY),
        () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));
  }

  private static Properties config() {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "own");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    return config;
  }

  private static TestInputTopic<byte[], byte[]> input(TopologyTestDriver driver, String table) {
    return driver.createInputTopic(
        "site.web." + table, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static Schema schema(String table, String key, String number, String text) {
    var columns =
        SchemaBuilder.record("Value").namespace("site.web." + table).fields().requiredInt(key);
    Schema row =
        (number == null ? columns : columns.requiredInt(number)).requiredString(text).endRecord();
    Schema source =
        SchemaBuilder.record("Source")
            .namespace("io.debezium")
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
        .namespace("site.web." + table)
        .fields()
        .name("before")
        .type(Schema.createUnion(Schema.create(Schema.Type.NULL), row))
        .noDefault()
        .name("after")
        .type(Schema.createUnion(Schema.create(Schema.Type.NULL), row))
        .noDefault()
        .name("source")
        .type(source)
        .noDefault()
        .requiredString("op")
        .endRecord();
  }

  private byte[] event(Schema schema, String op, int key, int number, String text)
      throws IOException {
    Schema rowSchema = schema.getField("after").schema().getTypes().get(1);
    GenericRecord row = new GenericData.Record(rowSchema);
    row.put(0, key);
    if (rowSchema.getFields().size() == 3) {
      row.put(1, number);
    }
    row.put(rowSchema.getFields().size() - 1, text);
    lsn += 10;
    GenericRecord source =
        new GenericRecordBuilder(schema.getField("source").schema())
            .set("schema", "web")
            .set("table", schema.getNamespace().substring("site.web.".length()))
            .set("sequence", "[\"" + (lsn - 5) + "\",\"" + lsn + "\"]")
            .set("lsn", lsn)
            .set("txId", 1L)
            .set("ts_ms", 0L)
            .set("snapshot", "false")
            .build();
    GenericRecord envelope = new GenericData.Record(schema);
    envelope.put("after", row);
    envelope.put("source", source);
    envelope.put("op", op);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericRecord>(schema).write(envelope, encoder);
    encoder.flush();
    return WireFormat.frame(registry.register(schema.getFullName(), schema), out.toByteArray());
  }
}
