package dev.cdcpipeline.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import io.apicurio.registry.utils.converter.avro.AvroData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EnvelopeAvroConverterTest {
  private static final String TOPIC = "shop.public.everything";
  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final EnvelopeAvroConverter converter = new EnvelopeAvroConverter(registry, false);
  private final AvroData library = new AvroData(100);

  /**
   * A column of each type that Debezium's PostgreSQL connector and Connect itself use, required and
   * optional.
   */
  private static Schema everything() {
    SchemaBuilder row = SchemaBuilder.struct().name("shop.public.everything.Value");
    Map<String, SchemaBuilder> types = new LinkedHashMap<>();
    for (String optional : List.of("", "_optional")) {
      types.put("bool" + optional, SchemaBuilder.bool());
      types.put("int8" + optional, SchemaBuilder.int8());
      types.put("int16" + optional, SchemaBuilder.int16());
      types.put("int32" + optional, SchemaBuilder.int32());
      types.put("int64" + optional, SchemaBuilder.int64());
      types.put("float32" + optional, SchemaBuilder.float32());
      types.put("float64" + optional, SchemaBuilder.float64());
      types.put("string" + optional, SchemaBuilder.string());
      types.put("bytes" + optional, SchemaBuilder.bytes());
      types.put(
          "decimal" + optional, Decimal.builder(2).parameter("connect.decimal.precision", "10"));
      types.put("date" + optional, Date.builder());
      types.put("time" + optional, Time.builder());
      types.put("timestamp" + optional, Timestamp.builder());
      types.put(
          "micros" + optional,
          SchemaBuilder.int64().name("io.debezium.time.MicroTimestamp").version(1));
      types.put(
          "zoned" + optional,
          SchemaBuilder.string().name("io.debezium.time.ZonedTimestamp").version(1));
      types.put(
          "enum" + optional,
          SchemaBuilder.string()
              .name("io.debezium.data.Enum")
              .version(1)
              .parameter("allowed", "a,b"));
      types.put(
          "numeric" + optional,
          SchemaBuilder.struct()
              .name("io.debezium.data.VariableScaleDecimal")
              .version(1)
              .field("scale", Schema.INT32_SCHEMA)
              .field("value", Schema.BYTES_SCHEMA));
      types.put("array" + optional, SchemaBuilder.array(Schema.OPTIONAL_INT32_SCHEMA));
      types.put(
          "arrays" + optional,
          SchemaBuilder.array(SchemaBuilder.array(Schema.OPTIONAL_STRING_SCHEMA).build()));
      types.put(
          "map" + optional, SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.OPTIONAL_STRING_SCHEMA));
      types.put(
          "numbers" + optional,
          SchemaBuilder.map(Schema.INT32_SCHEMA, Schema.OPTIONAL_INT64_SCHEMA));
    }
    types.forEach(
        (name, type) ->
            row.field(name, name.endsWith("_optional") ? type.optional().build() : type.build()));
    row.field("with_default", SchemaBuilder.string().optional().defaultValue("pending").build());
    row.field("required_with_default", SchemaBuilder.int32().defaultValue(7).build());
    return row.build();
  }

  @SuppressWarnings("JavaUtilDate") // what Connect's logical types hold
  private static Object value(Schema schema, Random random) {
    if (schema.isOptional() && random.nextInt(4) == 0) {
      return null;
    }
    if (schema.name() != null) {
      switch (schema.name()) {
        case Decimal.LOGICAL_NAME:
          return new BigDecimal(BigInteger.valueOf(random.nextLong() % 10_000_000_000L), 2);
        case Date.LOGICAL_NAME:
          return new java.util.Date((random.nextInt(40_000) - 10_000) * 86_400_000L);
        case Time.LOGICAL_NAME:
          return new java.util.Date(random.nextInt(86_400_000));
        case Timestamp.LOGICAL_NAME:
          return new java.util.Date(random.nextLong() % 4_000_000_000_000L);
        default:
          break;
      }
    }
    switch (schema.type()) {
      case BOOLEAN:
        return random.nextBoolean();
      case INT8:
        return (byte) random.nextInt();
      case INT16:
        return (short) random.nextInt();
      case INT32:
        return random.nextInt();
      case INT64:
        return random.nextLong();
      case FLOAT32:
        return random.nextInt(5) == 0 ? Float.NaN : random.nextFloat();
      case FLOAT64:
        return random.nextInt(5) == 0 ? Double.NEGATIVE_INFINITY : random.nextDouble();
      case STRING:
        return random.nextInt(5) == 0 ? "" : "käse 🧀 " + random.nextInt();
      case BYTES:
        byte[] bytes = new byte[random.nextInt(300)];
        random.nextBytes(bytes);
        return random.nextBoolean() ? bytes : ByteBuffer.wrap(bytes);
      case ARRAY:
        List<Object> elements = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          elements.add(value(schema.valueSchema(), random));
        }
        return elements;
      case MAP:
        Map<Object, Object> map = new LinkedHashMap<>();
        // the library writes the entries of a map in another order
        if (random.nextBoolean()) {
          map.put(value(schema.keySchema(), random), value(schema.valueSchema(), random));
        }
        return map;
      case STRUCT:
        Struct struct = new Struct(schema);
        schema.fields().forEach(f -> struct.put(f, value(f.schema(), random)));
        return struct;
    }
    throw new AssertionError(schema);
  }

  private byte[] libraryBytes(Schema schema, Object value) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    new GenericDatumWriter<>(library.fromConnectSchema(schema))
        .write(library.fromConnectData(schema, value), encoder);
    encoder.flush();
    return out.toByteArray();
  }

  private static byte[] body(byte[] record) {
    return Arrays.copyOfRange(record, 5, record.length);
  }

  @Test
  void writesTheBytesThatTheLibraryWritesForEveryType() throws IOException {
    Schema schema = everything();
    for (long seed = 0; seed < 500; seed++) {
      Struct row = (Struct) value(schema, new Random(seed));
      if (row.getWithoutDefault("with_default") == null) {
        row.put("with_default", "set");
      }
      assertThat(body(converter.fromConnectData(TOPIC, schema, row)))
          .as("seed %d", seed)
          .isEqualTo(libraryBytes(schema, row));
    }
  }

  @Test
  void registersTheSchemaThatTheLibraryMakes() {
    Schema schema = everything();
    byte[] record = converter.fromConnectData(TOPIC, schema, value(schema, new Random(1)));

    int id = ByteBuffer.wrap(record).getInt(1);
    assertThat(record[0]).isZero();
    assertThat(registry.schemaById(id)).isEqualTo(library.fromConnectSchema(schema));
    assertThat(registry.latest(TOPIC + "-value").orElseThrow().id()).isEqualTo(id);
  }

  @Test
  void readsBackWhatItWrote() {
    Schema schema = everything();
    for (long seed = 0; seed < 200; seed++) {
      Object row = value(schema, new Random(seed));
      byte[] bytes = converter.fromConnectData(TOPIC, schema, row);
      SchemaAndValue read = converter.toConnectData(TOPIC, bytes);
      assertThat(converter.fromConnectData(TOPIC, read.schema(), read.value()))
          .as("seed %d", seed)
          .isEqualTo(bytes);
    }
  }

  @Test
  void keepsNullWhereTheColumnHasADefault() throws IOException {
    Schema schema =
        SchemaBuilder.struct()
            .name("shop.public.orders.Value")
            .field(
                "order_status", SchemaBuilder.string().optional().defaultValue("pending").build())
            .build();
    Struct row = new Struct(schema).put("order_status", null);

    Struct read =
        (Struct)
            converter.toConnectData(TOPIC, converter.fromConnectData(TOPIC, schema, row)).value();
    assertThat(read.getWithoutDefault("order_status")).isNull();

    assertThat(libraryBytes(schema, row))
        .as("the library writes the default instead, which is why this converter exists")
        .isNotEqualTo(body(converter.fromConnectData(TOPIC, schema, row)));
  }

  @Test
  void namesTheFieldThatIsNullThoughItMustNotBe() {
    Schema schema = SchemaBuilder.struct().name("S").field("id", Schema.INT32_SCHEMA).build();
    assertThatThrownBy(() -> converter.fromConnectData(TOPIC, schema, new Struct(schema)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("S.id is null");
  }

  @Test
  void refusesAValueWithoutASchema() {
    assertThatThrownBy(() -> converter.fromConnectData(TOPIC, null, "text"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("shop.public.everything");
  }

  @Test
  void refusesBytesThatAreNoRecord() {
    assertThatThrownBy(() -> converter.toConnectData(TOPIC, new byte[] {1, 2, 3, 4, 5, 6}))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "[shop.public.everything] cannot decode record: first byte is 1, expected 0");
    assertThatThrownBy(() -> converter.toConnectData(TOPIC, new byte[] {0}))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("record has 1 bytes, fewer than the 5");
  }

  @Test
  @Timeout(60)
  void refusesASchemaOfARecordInARecordManyTimesOver() {
    StringBuilder json = new StringBuilder("{\"type\":\"record\",\"name\":\"R45\",\"fields\":[]}");
    for (int i = 44; i >= 0; i--) {
      json.insert(
          0, "{\"type\":\"record\",\"name\":\"R" + i + "\",\"fields\":[{\"name\":\"a\",\"type\":");
      json.append("},{\"name\":\"b\",\"type\":\"R").append(i + 1).append("\"}]}");
    }
    assertRefused(json.toString(), new byte[15], "has more than 100000 types");
  }

  @Test
  @Timeout(60)
  void refusesArraysThatAnnounceMoreThanTheRecordHas() {
    byte[] record = new byte[10 << 20];
    Arrays.fill(record, (byte) 2);
    for (int i = 0; i < 60; i++) {
      // ten million, as Avro writes it
      System.arraycopy(new byte[] {-128, -38, -60, 9}, 0, record, 4 * i, 4);
    }
    assertRefused(
        "{\"type\":\"array\",\"items\":".repeat(60) + "\"long\"" + "}".repeat(60),
        record,
        "record has more values than 10000 and 2 for each byte");
  }

  private void assertRefused(String schema, byte[] body, String problem) {
    int id = registry.register("hostile", new org.apache.avro.Schema.Parser().parse(schema));
    ByteBuffer record = ByteBuffer.allocate(5 + body.length).put((byte) 0).putInt(id).put(body);

    assertThatThrownBy(() -> converter.toConnectData(TOPIC, record.array()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("[shop.public.everything] cannot decode record: ")
        .hasMessageContaining(problem);
  }

  @Test
  void nullIsATombstone() {
    assertThat(converter.fromConnectData(TOPIC, everything(), null)).isNull();
    assertThat(converter.toConnectData(TOPIC, null)).isEqualTo(SchemaAndValue.NULL);
  }
}
