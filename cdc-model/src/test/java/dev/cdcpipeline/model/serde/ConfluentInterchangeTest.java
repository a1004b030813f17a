package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.analytics.ProductSales;
import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import java.math.BigDecimal;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

/** Bytes go both ways between our serializers and Confluent's real ones. */
class ConfluentInterchangeTest {
  private final ConfluentSerializers confluent = ConfluentSerializers.load();
  private final SchemaRegistry registry = confluent.registry();

  @Test
  void confluentReadsWhatWeWrite() {
    ProductSales sales =
        ProductSales.newBuilder()
            .setProductId(7)
            .setSku("LAPTOP-001")
            .setName("Żółw 🐢")
            .setCategory(null)
            .setOrderCount(2)
            .setUnitsSold(5_000_000_000L)
            .setTotalRevenue(new BigDecimal("1234.50"))
            .setAvgQuantityPerOrder(new BigDecimal("2.50"))
            .setSourceLsn("0/16E9A30")
            .build();

    byte[] bytes =
        new ConfluentAvroSerializer<ProductSales>(registry, false)
            .serialize("product_sales", sales);

    assertThat(
            WireFormat.frame(WireFormat.schemaId(bytes), confluent.rewrite("product_sales", bytes)))
        .isEqualTo(bytes);
    assertThat(confluent.deserialize("product_sales", bytes))
        .contains("\"product_id\": 7", "\"name\": \"Żółw 🐢\"", "\"units_sold\": 5000000000");
  }

  @Test
  void confluentReadsOurBareValues() {
    byte[] bytes = new ConfluentAvroSerializer<String>(registry, true).serialize("t", "key-1");

    assertThat(confluent.deserialize("t", bytes)).isEqualTo("key-1");
  }

  @Test
  void weReadWhatConfluentWrites() {
    GenericData.Record datum =
        Envelopes.orders()
            .op("c")
            .after(Envelopes.order(7, 42, "pending", "12.30"))
            .transaction("750:24024000", 2, 1)
            .datum();

    byte[] bytes =
        confluent.serialize(
            "d.public.orders", datum.getSchema(), Avro.encode(datum.getSchema(), datum));
    ChangeEvent<Row> event =
        EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults())
            .decode("d.public.orders", 0, 1, bytes);

    assertThat(event.after().get("total")).isEqualTo(new BigDecimal("12.30"));
    assertThat(
            new ConfluentAvroDeserializer<GenericRecord>(registry, false).deserialize("t", bytes))
        .isEqualTo(datum);
    assertThat(registry.latest("d.public.orders-value")).isPresent();
  }

  @Test
  void bothWriteTheSameBytes() {
    Schema schema =
        Avro.recordOf(
            "{\"name\":\"x\",\"type\":[\"null\",\"long\"]}",
            "{\"name\":\"s\",\"type\":\"string\"}");
    GenericData.Record datum = Avro.record(schema, Map.of("x", -5L, "s", "text"));

    byte[] theirs = confluent.serialize("same", schema, Avro.encode(schema, datum));
    byte[] ours =
        new ConfluentAvroSerializer<GenericRecord>(registry, false).serialize("same", datum);

    assertThat(ours).isEqualTo(theirs);
  }
}
