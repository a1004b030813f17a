package dev.cdcpipeline.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.serde.ConfluentSerializers;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Values that are no records go both ways between the converter and Confluent's real serializers,
 * on which Confluent's converter is built.
 */
class ConfluentInterchangeTest {
  private static final Schema DECIMAL =
      Decimal.builder(2).parameter("connect.decimal.precision", "38").build();

  private final ConfluentSerializers confluent = ConfluentSerializers.load();
  private final SchemaRegistry registry = confluent.registry();
  private final EnvelopeAvroConverter converter = new EnvelopeAvroConverter(registry, false);

  @ParameterizedTest
  @ValueSource(strings = {"12.34", "0.00", "-0.01", "-1.28", "92233720368547758.08"})
  void aDecimalIsTheSameOnBothSides(String text) {
    BigDecimal value = new BigDecimal(text);
    byte[] digits = value.unscaledValue().toByteArray();

    byte[] ours = converter.fromConnectData("d", DECIMAL, value);
    assertThat(confluent.deserializeBare("d", ours)).isEqualTo(digits);

    byte[] theirs =
        confluent.serializeBare("d", registry.schemaById(id(ours)), ByteBuffer.wrap(digits));
    assertThat(theirs).isEqualTo(ours);
    SchemaAndValue read = converter.toConnectData("d", theirs);
    assertThat(read.value()).isEqualTo(value);
    assertThat(read.schema().name()).isEqualTo(Decimal.LOGICAL_NAME);
  }

  @Test
  void bytesAreTheSameOnBothSides() {
    for (byte[] value : List.of(new byte[] {1, 2, 0}, new byte[0], new byte[1_000])) {
      byte[] ours = converter.fromConnectData("b", Schema.BYTES_SCHEMA, value);

      assertThat(body(ours)).isEqualTo(value);
      assertThat(confluent.deserializeBare("b", ours)).isEqualTo(value);
      assertThat(confluent.serialize("b", value)).isEqualTo(ours);
      assertThat(bytes(converter.toConnectData("b", confluent.serialize("b", value)).value()))
          .isEqualTo(value);
    }
  }

  @Test
  void writesWhatIsBetweenABuffersPositionAndLimit() {
    ByteBuffer part = ByteBuffer.wrap(new byte[] {9, 1, 2, 9}, 1, 2);

    assertThat(body(converter.fromConnectData("p", Schema.BYTES_SCHEMA, part)))
        .isEqualTo(new byte[] {1, 2});
    assertThat(part.remaining()).isEqualTo(2);
  }

  @Test
  void aDecimalThatMayBeNullIsAUnionOnBothSides() {
    Schema optional =
        Decimal.builder(2).parameter("connect.decimal.precision", "38").optional().build();
    BigDecimal value = new BigDecimal("12.34");

    byte[] ours = converter.fromConnectData("o", optional, value);
    byte[] theirs =
        confluent.serializeBare(
            "o",
            registry.schemaById(id(ours)),
            ByteBuffer.wrap(value.unscaledValue().toByteArray()));

    assertThat(theirs).isEqualTo(ours);
    assertThat(converter.toConnectData("o", theirs).value()).isEqualTo(value);
  }

  @Test
  void bareTextsAndNumbersAreTheSameOnBothSides() {
    for (Object value : List.of("käse", 5, 6L, 1.5f, 2.5, true)) {
      Schema schema =
          SchemaBuilder.type(
                  org.apache.kafka.connect.data.ConnectSchema.schemaType(value.getClass()))
              .build();
      String topic = "t" + schema.type();

      assertThat(body(converter.fromConnectData(topic, schema, value)))
          .as("%s", schema.type())
          .isEqualTo(body(confluent.serialize(topic, value)));
      assertThat(converter.toConnectData(topic, confluent.serialize(topic, value)).value())
          .isEqualTo(value);
    }
  }

  @Test
  void refusesABareValueOfAnotherClass() {
    assertThatThrownBy(() -> converter.fromConnectData("w", DECIMAL, "12.34"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is a java.lang.String, which is no BYTES of Connect");
    assertThatThrownBy(() -> converter.fromConnectData("w", Schema.BYTES_SCHEMA, "12.34"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is a java.lang.String, which is no BYTES of Connect");
  }

  private static int id(byte[] record) {
    return ByteBuffer.wrap(record).getInt(1);
  }

  private static byte[] body(byte[] record) {
    return Arrays.copyOfRange(record, 5, record.length);
  }

  private static byte[] bytes(Object value) {
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return bytes;
    }
    return (byte[]) value;
  }
}
