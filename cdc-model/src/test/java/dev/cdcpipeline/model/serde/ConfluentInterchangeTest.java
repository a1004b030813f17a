package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.sample.Usage;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes go both ways between our serializers and Confluent's real ones. */
class ConfluentInterchangeTest {
  private static final Schema DECIMAL =
      Avro.schema("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":38,\"scale\":2}");

  private final ConfluentSerializers confluent = ConfluentSerializers.load();
  private final SchemaRegistry registry = confluent.registry();

  @Test
  void confluentReadsWhatWeWrite() {
    Usage usage =
        Usage.newBuilder()
            .setMeterId(7)
            .setName("Żółw 🐢")
            .setTariff(null)
            .setReadings(2)
            .setUnits(5_000_000_000L)
            .setCost(new BigDecimal("1234.50"))
            .setAverage(new BigDecimal("2.50"))
            .setSourceLsn("0/16E9A30")
            .build();

    byte[] bytes = new ConfluentAvroSerializer<Usage>(registry, false).serialize("usage", usage);

    assertThat(WireFormat.frame(WireFormat.schemaId(bytes), confluent.rewrite("usage", bytes)))
        .isEqualTo(bytes);
    assertThat(confluent.deserialize("usage", bytes))
        .contains("\"meter_id\": 7", "\"name\": \"Żółw 🐢\"", "\"units\": 5000000000");
  }

  @Test
  void confluentReadsOurBareValues() {
    byte[] bytes = new ConfluentAvroSerializer<String>(registry, true).serialize("t", "key-1");

    assertThat(confluent.deserialize("t", bytes)).isEqualTo("key-1");
  }

  @Test
  void bareBytesHaveNoLengthInEitherDirection() {
    for (byte[] value : List.of(new byte[] {1, 2, 0}, new byte[0], new byte[300])) {
      byte[] ours = new ConfluentAvroSerializer<byte[]>(registry, false).serialize("b", value);
      byte[] theirs = confluent.serialize("b", value);

      assertThat(ours).isEqualTo(theirs);
      assertThat(ours).isEqualTo(WireFormat.frame(WireFormat.schemaId(ours), value));
      assertThat(confluent.deserializeBare("b", ours)).isEqualTo(value);
      assertThat(new ConfluentAvroDeserializer<byte[]>(registry, false).deserialize("b", theirs))
          .isEqualTo(value);
      assertThat(decoder().decode("b", 0, 1, theirs).get("value")).isEqualTo(value);
    }
  }

  @Test
  void aBufferIsWhatIsBetweenItsPositionAndLimit() {
    ByteBuffer part = ByteBuffer.wrap(new byte[] {9, 1, 2, 9}, 1, 2);

    byte[] bytes = new ConfluentAvroSerializer<ByteBuffer>(registry, false).serialize("p", part);

    assertThat(confluent.deserializeBare("p", bytes)).isEqualTo(new byte[] {1, 2});
    assertThat(part.remaining()).isEqualTo(2);
    assertThat(
            confluent.deserializeBare(
                "p", confluent.serialize("p", ByteBuffer.wrap(new byte[] {1, 2}))))
        .isEqualTo(new byte[] {1, 2});
  }

  @ParameterizedTest
  @ValueSource(strings = {"12.34", "0.00", "-0.01", "-1.28", "92233720368547758.08", "1E+27"})
  void bareDecimalsHaveNoLengthInEitherDirection(String text) {
    BigDecimal value = new BigDecimal(text).setScale(2);
    byte[] digits = value.unscaledValue().toByteArray();

    byte[] theirs = confluent.serializeBare("d", DECIMAL, ByteBuffer.wrap(digits));

    assertThat(theirs).isEqualTo(WireFormat.frame(WireFormat.schemaId(theirs), digits));
    assertThat(decoder().decode("d", 0, 1, theirs).get("value")).isEqualTo(value);
    assertThat(new ConfluentAvroDeserializer<byte[]>(registry, false).deserialize("d", theirs))
        .isEqualTo(digits);
    byte[] ours = WireFormat.frame(registry.register("d-value", DECIMAL), digits);
    assertThat(confluent.deserializeBare("d", ours)).isEqualTo(digits);
  }

  @Test
  void bytesAndDecimalsThatMayBeNullKeepTheirLength() {
    for (String type : List.of("\"bytes\"", DECIMAL.toString())) {
      Schema schema = Avro.schema("[\"null\"," + type + "]");
      byte[] digits = {4, -46};

      byte[] theirs = confluent.serializeBare("n" + type.length(), schema, ByteBuffer.wrap(digits));

      assertThat(theirs)
          .isEqualTo(
              WireFormat.frame(WireFormat.schemaId(theirs), new byte[] {2, 4, 4, digits[1]}));
      assertThat(new ConfluentAvroDeserializer<byte[]>(registry, false).deserialize("n", theirs))
          .isEqualTo(digits);
      assertThat(decoder().decode("n", 0, 1, theirs).get("value"))
          .isEqualTo(type.startsWith("{") ? new BigDecimal("12.34") : digits);
    }
  }

  private RecordDecoder decoder() {
    return RecordDecoder.ofValues(registry, DecoderOptions.defaults());
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
