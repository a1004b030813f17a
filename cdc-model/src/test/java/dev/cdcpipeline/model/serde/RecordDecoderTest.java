package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.ValueTarget;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordDecoderTest {
  private static final String PLACEHOLDER = DecoderOptions.DEFAULT_PLACEHOLDER;

  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final RecordDecoder decoder = RecordDecoder.ofValues(registry, DecoderOptions.defaults());

  private Row decode(Schema schema, Object datum) {
    return decoder.decode("t", 0, 9, Avro.framed(registry, schema, datum));
  }

  /** A row with one column {@code x} of this type. */
  private Row decodeColumn(String type, Object value) {
    Schema schema = Avro.recordOf("{\"name\":\"x\",\"type\":" + type + "}");
    return decode(schema, Avro.record(schema, Collections.singletonMap("x", value)));
  }

  private static ColumnType typeOf(Row row) {
    return row.type().columns().get(0).type();
  }

  @ParameterizedTest
  @CsvSource({
    "int, io.debezium.time.Date, DATE",
    "int, org.apache.kafka.connect.data.Date, DATE",
    "long, io.debezium.time.MicroTime, TIME_MICROS",
    "long, io.debezium.time.NanoTime, TIME_NANOS",
    "long, io.debezium.time.Timestamp, TIMESTAMP_MILLIS",
    "long, org.apache.kafka.connect.data.Timestamp, TIMESTAMP_MILLIS",
    "long, io.debezium.time.MicroTimestamp, TIMESTAMP_MICROS",
    "long, io.debezium.time.NanoTimestamp, TIMESTAMP_NANOS",
    "long, io.debezium.time.MicroDuration, DURATION_MICROS",
    "string, io.debezium.time.ZonedTimestamp, ZONED_TIMESTAMP",
    "string, io.debezium.time.ZonedTime, ZONED_TIME",
    "string, io.debezium.time.Interval, INTERVAL",
    "string, io.debezium.data.Json, JSON",
    "string, io.debezium.data.Uuid, UUID",
    "string, io.debezium.data.Xml, XML",
    "string, io.debezium.data.Enum, ENUM",
    "string, io.debezium.data.Ltree, STRING",
    "bytes, io.debezium.data.Bits, BITS",
  })
  void knowsDebeziumsSemanticTypes(String avro, String name, ColumnType expected) {
    Object value =
        switch (avro) {
          case "int" -> 12;
          case "long" -> 12L;
          case "string" -> "12";
          default -> ByteBuffer.wrap(new byte[] {12});
        };
    Row row = decodeColumn("{\"type\":\"" + avro + "\",\"connect.name\":\"" + name + "\"}", value);

    assertThat(typeOf(row)).isEqualTo(expected);
    assertThat(row.get("x")).isEqualTo(value instanceof ByteBuffer ? new byte[] {12} : value);
  }

  @ParameterizedTest
  @CsvSource({
    "int, date, DATE",
    "long, time-micros, TIME_MICROS",
    "long, timestamp-millis, TIMESTAMP_MILLIS",
    "long, timestamp-micros, TIMESTAMP_MICROS",
    "long, local-timestamp-micros, TIMESTAMP_MICROS",
    "string, uuid, UUID",
  })
  void knowsAvrosLogicalTypes(String avro, String name, ColumnType expected) {
    Object value = avro.equals("int") ? (Object) 12 : avro.equals("long") ? (Object) 12L : "12";
    Row row = decodeColumn("{\"type\":\"" + avro + "\",\"logicalType\":\"" + name + "\"}", value);

    assertThat(typeOf(row)).isEqualTo(expected);
    assertThat(row.get("x")).isEqualTo(value);
  }

  @Test
  void representsATimeInMillisecondsAsALong() {
    Row row = decodeColumn("{\"type\":\"int\",\"connect.name\":\"io.debezium.time.Time\"}", 5);

    assertThat(typeOf(row)).isEqualTo(ColumnType.TIME_MILLIS);
    assertThat(row.get("x")).isEqualTo(5L);
  }

  @Test
  void readsTheBareTypes() {
    assertThat(decodeColumn("\"boolean\"", true).get("x")).isEqualTo(true);
    assertThat(decodeColumn("\"int\"", Integer.MIN_VALUE).get("x")).isEqualTo(Integer.MIN_VALUE);
    assertThat(decodeColumn("\"long\"", Long.MIN_VALUE).get("x")).isEqualTo(Long.MIN_VALUE);
    assertThat(decodeColumn("\"long\"", Long.MAX_VALUE).get("x")).isEqualTo(Long.MAX_VALUE);
    assertThat(decodeColumn("\"float\"", 1.5f).get("x")).isEqualTo(1.5f);
    assertThat(decodeColumn("\"double\"", Double.NEGATIVE_INFINITY).get("x"))
        .isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(decodeColumn("\"string\"", "żółw 🐢").get("x")).isEqualTo("żółw 🐢");
    assertThat(decodeColumn("\"bytes\"", ByteBuffer.wrap(new byte[] {1, 2})).get("x"))
        .isEqualTo(new byte[] {1, 2});
    assertThat(typeOf(decodeColumn("{\"type\":\"int\",\"connect.type\":\"int16\"}", 3)))
        .isEqualTo(ColumnType.INT16);
  }

  @Test
  void readsDecimalsOfEveryLength() {
    String type = "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":60,\"scale\":3}";
    for (int bits = 0; bits < 180; bits++) {
      for (BigInteger unscaled :
          List.of(
              BigInteger.ONE.shiftLeft(bits),
              BigInteger.ONE.shiftLeft(bits).negate().subtract(BigInteger.ONE))) {
        BigDecimal value = new BigDecimal(unscaled, 3);
        assertThat(decodeColumn(type, Avro.decimal(value.toString())).get("x")).isEqualTo(value);
      }
    }
  }

  @Test
  void readsADecimalInFixedBytes() {
    String type =
        "{\"type\":\"fixed\",\"name\":\"F\",\"size\":4,\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}";
    Schema fixed = Avro.schema(type);

    assertThat(
            decodeColumn(type, new GenericData.Fixed(fixed, new byte[] {-1, -1, -1, -5})).get("x"))
        .isEqualTo(new BigDecimal("-0.05"));
  }

  @Test
  void readsANumericWithoutScale() {
    String type =
        """
        {"type":"record","name":"VariableScaleDecimal","namespace":"io.debezium.data",
         "connect.name":"io.debezium.data.VariableScaleDecimal",
         "fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}]}\
        """;
    Object value =
        Avro.record(Avro.schema(type), Map.of("scale", 5, "value", Avro.decimal("3.14159")));

    Row row = decodeColumn(type, value);

    assertThat(typeOf(row)).isEqualTo(ColumnType.VARIABLE_SCALE_DECIMAL);
    assertThat(row.get("x")).isEqualTo(new BigDecimal("3.14159"));
  }

  @Test
  void refusesAnAbsurdScale() {
    String type =
        """
        {"type":"record","name":"VariableScaleDecimal","namespace":"io.debezium.data",
         "fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}]}\
        """;
    Object value =
        Avro.record(
            Avro.schema(type), Map.of("scale", Integer.MIN_VALUE, "value", Avro.decimal("1")));

    assertThatThrownBy(() -> decodeColumn(type, value))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field x: decimal's scale is -2147483648, expected -131072 to 16383");
  }

  @Test
  void readsArraysWithNullElementsAndDescribesTheElement() {
    Row row =
        decodeColumn(
            "{\"type\":\"array\",\"items\":[\"null\",\"int\"]}", Arrays.asList(1, null, 3));

    assertThat(row.get("x")).isEqualTo(Arrays.asList(1, null, 3));
    Column column = row.type().columns().get(0);
    assertThat(column.type()).isEqualTo(ColumnType.ARRAY);
    assertThat(column.element()).isEqualTo(new Column("element", ColumnType.INT32, true, Map.of()));
  }

  @Test
  void readsMaps() {
    Row row =
        decodeColumn(
            "{\"type\":\"map\",\"values\":[\"null\",\"string\"]}",
            Collections.singletonMap("k", null));

    assertThat(typeOf(row)).isEqualTo(ColumnType.MAP);
    assertThat(row.get("x")).isEqualTo(Collections.singletonMap("k", null));
  }

  @Test
  void readsAnyOtherRecordAsARow() {
    String point =
        """
        {"type":"record","name":"Point","fields":[{"name":"a","type":"double"},{"name":"b","type":["null","bytes"]}]}\
        """;
    Row row =
        decodeColumn(
            point,
            Avro.record(
                Avro.schema(point), Map.of("a", 1.5, "b", ByteBuffer.wrap(new byte[] {9}))));

    assertThat(typeOf(row)).isEqualTo(ColumnType.STRUCT);
    assertThat(((Row) row.get("x")).get("b")).isEqualTo(new byte[] {9});
  }

  @Test
  void readsAvrosEnums() {
    String type = "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}";

    assertThat(decodeColumn(type, new GenericData.EnumSymbol(Avro.schema(type), "B")).get("x"))
        .isEqualTo("B");
  }

  @Test
  void findsTheUnavailablePlaceholderInEveryForm() {
    List<Integer> asInts =
        IntStream.range(0, PLACEHOLDER.length())
            .mapToObj(i -> (int) PLACEHOLDER.charAt(i))
            .collect(Collectors.toList());
    List<Long> asLongs = asInts.stream().map(Integer::longValue).collect(Collectors.toList());
    ByteBuffer asBytes = ByteBuffer.wrap(PLACEHOLDER.getBytes(StandardCharsets.UTF_8));
    String uuid = UUID.nameUUIDFromBytes(PLACEHOLDER.getBytes(StandardCharsets.UTF_8)).toString();
    String uuidType = "{\"type\":\"string\",\"connect.name\":\"io.debezium.data.Uuid\"}";

    for (Row row :
        List.of(
            decodeColumn("\"string\"", PLACEHOLDER),
            decodeColumn("[\"null\",\"string\"]", PLACEHOLDER),
            decodeColumn("\"bytes\"", asBytes),
            decodeColumn(
                "{\"type\":\"array\",\"items\":[\"null\",\"string\"]}", List.of(PLACEHOLDER)),
            decodeColumn("{\"type\":\"array\",\"items\":\"bytes\"}", List.of(asBytes)),
            decodeColumn("{\"type\":\"array\",\"items\":\"int\"}", asInts),
            decodeColumn("{\"type\":\"array\",\"items\":[\"null\",\"long\"]}", asLongs),
            decodeColumn("{\"type\":\"array\",\"items\":" + uuidType + "}", List.of(uuid)),
            decodeColumn(
                "{\"type\":\"map\",\"values\":[\"null\",\"string\"]}",
                Map.of(PLACEHOLDER, PLACEHOLDER)),
            decodeColumn(
                "{\"type\":\"string\",\"connect.name\":\"io.debezium.data.Json\"}",
                "{\"" + PLACEHOLDER + "\":\"" + PLACEHOLDER + "\"}"))) {
      assertThat(row.get("x")).as("column %s", row.type()).isSameAs(Row.UNAVAILABLE);
    }
  }

  @Test
  void takesConnectsParametersFromTypeAndField() {
    Schema schema =
        Avro.recordOf(
            """
            {"name":"x","type":["null",{"type":"string","connect.parameters":
              {"__debezium.source.column.type":"VARCHAR","__debezium.source.column.length":"255"}}],"default":null,
             "connect.parameters":{"extra":"1"}}\
            """);

    Row row = decode(schema, Avro.record(schema, Map.of("x", "v")));

    assertThat(row.type().columns())
        .containsExactly(
            new Column(
                "x",
                ColumnType.STRING,
                true,
                Map.of(
                    "__debezium.source.column.type",
                    "VARCHAR",
                    "__debezium.source.column.length",
                    "255",
                    "extra",
                    "1")));
  }

  @Test
  void readsABareValueAsARowOfOneColumn() {
    Schema schema = Avro.schema("\"string\"");

    Row row =
        RecordDecoder.ofKeys(registry, DecoderOptions.defaults())
            .decode("t", 0, 1, Avro.framed(registry, schema, "k1"));

    assertThat(row.type().columns())
        .containsExactly(new Column("key", ColumnType.STRING, false, Map.of()));
    assertThat(row.get("key")).isEqualTo("k1");
  }

  @Test
  void readsBareBytesAndDecimalsToTheEnd() {
    Schema bytes = Avro.schema("\"bytes\"");
    Schema decimal =
        Avro.schema("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}");

    assertThat(decode(bytes, ByteBuffer.wrap(new byte[] {6, 1, 2})).get("value"))
        .isEqualTo(new byte[] {6, 1, 2});
    assertThat(decode(bytes, ByteBuffer.allocate(0)).get("value")).isEqualTo(new byte[0]);
    assertThat(decode(decimal, Avro.decimal("12.34")).get("value"))
        .isEqualTo(new BigDecimal("12.34"));
  }

  @Test
  void refusesABareDecimalWithoutBytes() {
    Schema decimal =
        Avro.schema("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}");

    assertThatThrownBy(() -> decode(decimal, ByteBuffer.allocate(0)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("decimal has 0 bytes, expected 1 to 61252");
  }

  @Test
  void readsBareBytesIntoATargetAndPastIt() {
    byte[] record =
        Avro.framed(registry, Avro.schema("\"bytes\""), ByteBuffer.wrap(new byte[] {7}));
    List<Object> taken = new ArrayList<>();
    ValueTarget target =
        new ValueTarget(ColumnType.BYTES) {
          @Override
          public void set(Object value) {
            taken.add(value);
          }
        };

    decoder.decode("t", 0, 9, record, new ValueTarget[] {target});
    decoder.decode("t", 0, 9, record, new ValueTarget[] {null});

    assertThat(taken).containsExactly(new byte[] {7});
  }

  @Test
  void givesNullForNull() {
    assertThat(decoder.decode("t", 0, 1, null)).isNull();
  }

  @Test
  void refusesAColumnOfSeveralTypes() {
    assertThatThrownBy(() -> decodeColumn("[\"null\",\"int\",\"string\"]", 1))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[t-0@9] cannot decode value: field x: a union of several types has no place in a row;"
                + " write one type, or one type and null");
  }

  @Test
  void refusesALengthBeyondTheRecordBeforeItAllocates() {
    byte[] huge = framedBytes("\"bytes\"", varint(Integer.MAX_VALUE));

    assertThatThrownBy(() -> decoder.decode("t", 0, 9, huge))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field x: length is 2147483647 where 0 bytes remain");
  }

  @Test
  void refusesMoreElementsThanTheRecordHasBytes() {
    byte[] huge = framedBytes("{\"type\":\"array\",\"items\":\"int\"}", varint(Integer.MAX_VALUE));
    assertThatThrownBy(() -> decoder.decode("t", 0, 9, huge))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field x: block has 2147483647 elements where 0 bytes remain");

    byte[] empty =
        framedBytes(
            "{\"type\":\"array\",\"items\":\"null\"}", varint(Integer.MAX_VALUE), new byte[1]);
    assertThatThrownBy(() -> decoder.decode("t", 0, 9, empty)).isInstanceOf(DecodeException.class);
  }

  @Test
  void boundsElementsWithoutBytesOverTheWholeRecord() {
    // every inner array claims as many nulls as bytes remain: together they would be quadratic
    int arrays = 2_000;
    byte[] inner = new byte[arrays * 3];
    for (int i = 0; i < arrays; i++) {
      System.arraycopy(varint(1_000), 0, inner, i * 3, 2);
    }
    byte[] bytes =
        framedBytes(
            "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":\"null\"}}",
            varint(arrays),
            inner,
            new byte[1]);

    assertThatThrownBy(() -> decoder.decode("t", 0, 9, bytes))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("record has more values than 10000 and 2 for each byte");
  }

  @Test
  void readsARowWhoseThousandsOfColumnsTakeNoBytes() {
    StringBuilder columns = new StringBuilder("{\"name\":\"c0\",\"type\":\"null\"}");
    for (int i = 1; i < 5_000; i++) {
      columns.append(",{\"name\":\"c").append(i).append("\",\"type\":\"null\"}");
    }
    Schema schema = Avro.recordOf(columns.toString());

    assertThat(decode(schema, Avro.record(schema, Map.of())).type().size()).isEqualTo(5_000);
  }

  @Test
  void readsArraysThatAreLongerThanTheRoomMadeForThem() {
    List<Long> values = LongStream.range(0, 100_000).boxed().collect(Collectors.toList());

    assertThat(decodeColumn("{\"type\":\"array\",\"items\":\"long\"}", values).get("x"))
        .isEqualTo(values);
  }

  @Test
  void readsABlockThatSaysHowLongItIs() {
    byte[] bytes =
        framedBytes(
            "{\"type\":\"array\",\"items\":\"long\"}",
            varint(-2),
            varint(3),
            varint(7),
            varint(1_000),
            new byte[1]);

    assertThat(decoder.decode("t", 0, 9, bytes).get("x")).isEqualTo(List.of(7L, 1_000L));
  }

  @Test
  void refusesABlockThatIsLongerThanItSays() {
    byte[] bytes =
        framedBytes(
            "{\"type\":\"array\",\"items\":\"long\"}",
            varint(-2),
            varint(1),
            varint(7),
            varint(8),
            new byte[1]);

    assertThatThrownBy(() -> decoder.decode("t", 0, 9, bytes))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining(
            "field x: block ends at byte 9 of the record, and says that it ends at 8");
  }

  @Test
  void refusesTwoColumnsOfOneName() {
    String named =
        "{\"name\":\"%s\",\"type\":\"int\",\"connect.parameters\":{\"__debezium.source.column.name\":\"a"
            + " b\"}}";
    Schema schema = Avro.recordOf(named.formatted("a_b"), named.formatted("a_x20_b"));

    assertThatThrownBy(() -> decode(schema, Avro.record(schema, Map.of("a_b", 1, "a_x20_b", 2))))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[t-0@9] cannot decode value: column a b appears twice; check the parameter"
                + " __debezium.source.column.name of the schema's fields");
  }

  @Test
  void showsTheBeginningOfALongKeyOnly() {
    Map<String, Object> entry = Collections.singletonMap("k".repeat(100_000), "abc");
    Schema schema =
        Avro.recordOf("{\"name\":\"x\",\"type\":{\"type\":\"map\",\"values\":\"string\"}}");
    byte[] bytes = Avro.framed(registry, schema, Avro.record(schema, Map.of("x", entry)));
    byte[] truncated = Arrays.copyOf(bytes, bytes.length - 3);

    assertThatThrownBy(() -> decoder.decode("t", 0, 9, truncated))
        .isInstanceOf(DecodeException.class)
        .message()
        .startsWith("[t-0@9] cannot decode value: field x['kkk")
        .hasSizeLessThan(400);
  }

  @Test
  void refusesDeepNestingBeforeTheStackDoes() {
    Schema list =
        Avro.schema(
            """
            {"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}\
            """);
    byte[] deep = new byte[1_000_000];
    Arrays.fill(deep, (byte) 2);
    byte[] bytes = WireFormat.frame(registry.register("deep", list), deep);

    assertThatThrownBy(() -> decoder.decode("t", 0, 9, bytes))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("nested deeper than 64 levels");
  }

  private byte[] framedBytes(String type, byte[]... parts) {
    Schema schema = Avro.recordOf("{\"name\":\"x\",\"type\":" + type + "}");
    int length = Arrays.stream(parts).mapToInt(p -> p.length).sum();
    ByteBuffer avro = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      avro.put(part);
    }
    return WireFormat.frame(registry.register("h" + type, schema), avro.array());
  }

  private static byte[] varint(int value) {
    return Avro.encode(Avro.schema("\"int\""), value);
  }
}
