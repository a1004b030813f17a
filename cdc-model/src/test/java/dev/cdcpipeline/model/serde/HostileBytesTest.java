package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.Bounded;
import dev.cdcpipeline.model.event.Row;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.avro.Schema;

/**
 * Whatever bytes come, a decoder gives a value or a {@link DecodeException}, and takes memory in
 * proportion to the bytes.
 */
class HostileBytesTest {
  /**
   * An element of one byte may become an object and a place in a list; errors take some kilobytes.
   */
  private static final int BYTES_PER_BYTE = 200;

  private static final String EVERYTHING =
      """
      {"type":"record","name":"Everything","fields":[
        {"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},
        {"name":"f","type":"float"},{"name":"d","type":"double"},{"name":"s","type":["null","string"]},
        {"name":"y","type":"bytes"},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
        {"name":"x","type":{"type":"fixed","name":"X","size":3}},
        {"name":"n","type":[{"type":"bytes","logicalType":"decimal","precision":9,"scale":2},"null"]},
        {"name":"v","type":{"type":"record","name":"VariableScaleDecimal","namespace":"io.debezium.data",
          "fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}]}},
        {"name":"a","type":{"type":"array","items":["null","string"]}},
        {"name":"z","type":{"type":"array","items":{"type":"array","items":"null"}}},
        {"name":"m","type":{"type":"map","values":"long"}},
        {"name":"r","type":["null","Everything"]}]}\
      """;

  private static final InMemorySchemaRegistry REGISTRY = new InMemorySchemaRegistry();
  private static final int EVERYTHING_ID = REGISTRY.register("everything", Avro.schema(EVERYTHING));
  private static final int ENVELOPE_ID = REGISTRY.register("envelope", Envelopes.orders().schema());
  private static final int MARKER_ID =
      REGISTRY.register("marker", Avro.sample("d.transaction-value.v1.avsc"));

  private static final int BYTES_ID = REGISTRY.register("bytes", Avro.schema("\"bytes\""));
  private static final int DECIMAL_ID =
      REGISTRY.register(
          "decimal",
          Avro.schema(
              "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}"));

  private static final List<Integer> SCHEMA_IDS =
      List.of(EVERYTHING_ID, ENVELOPE_ID, MARKER_ID, BYTES_ID, DECIMAL_ID);

  private static final List<Consumer<byte[]>> DECODERS = decoders(REGISTRY);

  private static final String[] FIELDS = {
    "id",
    "op",
    "before",
    "after",
    "source",
    "ts_ms",
    "transaction",
    "status",
    "event_count",
    "lsn",
    "txId",
    "total_order",
    "scale",
    "value",
    "data_collections"
  };
  private static final String[] CONNECT_NAMES = {
    "io.debezium.data.VariableScaleDecimal",
    "org.apache.kafka.connect.data.Decimal",
    "io.debezium.time.MicroTimestamp",
    "io.debezium.data.Uuid",
    "io.debezium.data.Enum",
    "io.debezium.data.geometry.Point"
  };

  /** For types that must not be called alike. */
  private static final String[] NAMES =
      IntStream.rangeClosed(1, 200).mapToObj(Integer::toString).toArray(String[]::new);

  private static List<Consumer<byte[]>> decoders(SchemaRegistry registry) {
    EnvelopeDecoder envelopes =
        EnvelopeDecoder.ofRows(
            registry, DecoderOptions.defaults().withBefore(DecoderOptions.Before.ALWAYS));
    RecordDecoder records = RecordDecoder.ofValues(registry, DecoderOptions.defaults());
    TransactionMarkerDecoder markers = new TransactionMarkerDecoder(registry);
    KeyDecoder keys = new KeyDecoder(registry);
    ConfluentAvroDeserializer<Object> generic = new ConfluentAvroDeserializer<>(registry, false);
    return List.of(
        bytes -> envelopes.decode("t", 0, 1, bytes),
        bytes -> records.decode("t", 0, 1, bytes),
        bytes -> markers.decode("t", 0, 1, bytes),
        bytes -> keys.decode("t", 0, 1, bytes),
        bytes -> keys.keyColumns("t", 0, 1, bytes),
        bytes -> generic.deserialize("t", bytes));
  }

  static {
    // compiles the readers, whose memory is the schema's and not a record's
    for (int id : SCHEMA_IDS) {
      for (Consumer<byte[]> decoder : DECODERS) {
        try {
          decoder.accept(WireFormat.frame(id, new byte[0]));
        } catch (DecodeException e) {
          assertThat(e).hasMessageContaining("cannot decode");
        }
      }
    }
  }

  @Property
  void anyBytes(@ForAll @Size(max = 300) byte[] bytes) {
    attack(bytes);
  }

  @Property
  void anyBytesUnderAKnownSchema(@ForAll @Size(max = 400) byte[] body) {
    for (int id : SCHEMA_IDS) {
      attack(WireFormat.frame(id, body));
    }
  }

  @Property
  void smallNumbersUnderAKnownSchema(
      @ForAll @Size(max = 400) List<@IntRange(max = 6) Integer> numbers) {
    // small numbers are branches and short lengths: they reach further into a record than any bytes
    // do
    byte[] body = new byte[numbers.size()];
    for (int i = 0; i < body.length; i++) {
      body[i] = numbers.get(i).byteValue();
    }
    for (int id : SCHEMA_IDS) {
      attack(WireFormat.frame(id, body));
    }
  }

  @Property
  void anEnvelopeWithSomeBytesChanged(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 1_000_000) Integer> places,
      @ForAll byte value) {
    byte[] bytes =
        Envelopes.orders()
            .op("u")
            .before(Envelopes.order(7, 42, "pending", "12.30"))
            .after(Envelopes.order(7, 42, "paid", "12.30"))
            .transaction("750:24024000", 2, 1)
            .bytes(REGISTRY);
    for (int place : places) {
      bytes[place % bytes.length] = value;
    }
    attack(bytes);
  }

  @Property
  void anyBytesUnderAnySchema(
      @ForAll("schemas") String json,
      @ForAll @Size(max = 100) List<@IntRange(min = -128, max = 127) Integer> numbers) {
    Schema schema;
    try {
      schema = Avro.schema(json.formatted((Object[]) NAMES));
    } catch (RuntimeException e) {
      // no registry takes it
      return;
    }
    InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
    int id = registry.register("any", schema);
    byte[] body = new byte[numbers.size()];
    for (int i = 0; i < body.length; i++) {
      body[i] = numbers.get(i).byteValue();
    }
    byte[] bytes = WireFormat.frame(id, body);
    for (Consumer<byte[]> decoder : decoders(registry)) {
      attack(decoder, bytes, (long) json.length() * BYTES_PER_BYTE, json);
    }
  }

  /** Schemas that are mostly well-formed, with the names that decoders look for. */
  @Provide
  Arbitrary<String> schemas() {
    Arbitrary<String> leaf =
        Arbitraries.oneOf(
            Arbitraries.of("null", "boolean", "int", "long", "float", "double", "string", "bytes")
                .map(t -> "\"" + t + "\""),
            Combinators.combine(
                    Arbitraries.of("bytes", "string", "long", "int", "null"),
                    Arbitraries.of(
                        "decimal",
                        "uuid",
                        "date",
                        "time-millis",
                        "timestamp-micros",
                        "duration",
                        "timestamp-nanos",
                        "odd"),
                    Arbitraries.of(-1, 0, 1, 9, 20, Integer.MAX_VALUE),
                    Arbitraries.of(Integer.MIN_VALUE, -1, 0, 2, 100_000, Integer.MAX_VALUE),
                    Arbitraries.of(CONNECT_NAMES))
                .as(
                    (type, logical, precision, scale, name) ->
                        "{\"type\":\"%s\",\"logicalType\":\"%s\",\"precision\":%d,\"scale\":%d,\"connect.name\":\"%s\",\"connect.parameters\":{\"scale\":\"%d\",\"allowed\":\"a,b\",\"length\":\"x\"}}"
                            .formatted(type, logical, precision, scale, name, scale)),
            Arbitraries.of(0, 1, 16, 1 << 20, Integer.MAX_VALUE)
                .map(n -> "{\"type\":\"fixed\",\"name\":\"F%%s\",\"size\":" + n + "}"),
            Arbitraries.of("[]", "[\"a\"]", "[\"a\",\"b\"]")
                .map(s -> "{\"type\":\"enum\",\"name\":\"E%%s\",\"symbols\":" + s + "}"),
            Arbitraries.of("\"Top\"", "\"R1\""));
    return Arbitraries.recursive(() -> leaf, HostileBytesTest::around, 0, 4)
        .map(
            field ->
                field.startsWith("{\"type\":\"record\"")
                    ? field
                    : record("Top", "id", field, "after", field.replace("%s", "9%s")))
        .filter(json -> json.split("%s", -1).length <= NAMES.length);
  }

  private static Arbitrary<String> around(Arbitrary<String> type) {
    return Arbitraries.oneOf(
        type.map(t -> "{\"type\":\"array\",\"items\":" + t + "}"),
        type.map(t -> "{\"type\":\"map\",\"values\":" + t + "}"),
        type.map(t -> "[\"null\"," + t + "]"),
        Combinators.combine(type, type).as((a, b) -> "[" + a + "," + b + "]"),
        Combinators.combine(Arbitraries.of(FIELDS), type, Arbitraries.of(FIELDS), type)
            .as((a, first, b, second) -> record("R%s", a, first, b, second)));
  }

  private static String record(String name, String a, String first, String b, String second) {
    return "{\"type\":\"record\",\"name\":\"%s\",\"fields\":[{\"name\":\"%s\",\"type\":%s},{\"name\":\"%s\",\"type\":%s}]}"
        .formatted(name, a, first, b, second);
  }

  private void attack(byte[] bytes) {
    DECODERS.forEach(decoder -> attack(decoder, bytes, 0, ""));
  }

  private static void attack(Consumer<byte[]> decoder, byte[] bytes, long more, String schema) {
    Bounded.attack(
        DecodeException.class,
        e -> assertThat(e).hasMessageContaining("cannot decode").hasMessageContaining("; "),
        (long) bytes.length * BYTES_PER_BYTE + more,
        Arrays.toString(bytes) + schema,
        () -> decoder.accept(bytes));
  }

  @Property
  void whatAvroReadsWeReadToo(
      @ForAll boolean flag,
      @ForAll int number,
      @ForAll long longer,
      @ForAll double real,
      @ForAll String text) {
    Schema schema =
        Avro.recordOf(
            "{\"name\":\"b\",\"type\":\"boolean\"}",
            "{\"name\":\"i\",\"type\":[\"int\",\"null\"]}",
            "{\"name\":\"l\",\"type\":[\"null\",\"long\"]}",
            "{\"name\":\"d\",\"type\":\"double\"}",
            "{\"name\":\"s\",\"type\":\"string\"}",
            "{\"name\":\"a\",\"type\":{\"type\":\"array\",\"items\":\"long\"}}");
    // Avro itself writes a lone surrogate as a question mark
    String written =
        new String(
            text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
            java.nio.charset.StandardCharsets.UTF_8);
    byte[] bytes =
        Avro.framed(
            REGISTRY,
            schema,
            Avro.record(
                schema,
                Map.of(
                    "b",
                    flag,
                    "i",
                    number,
                    "l",
                    longer,
                    "d",
                    real,
                    "s",
                    text,
                    "a",
                    List.of(longer, longer))));

    Row row = RecordDecoder.ofValues(REGISTRY, DecoderOptions.defaults()).decode("t", 0, 1, bytes);

    assertThat(
            List.of(
                row.get("b"), row.get("i"), row.get("l"), row.get("d"), row.get("s"), row.get("a")))
        .isEqualTo(List.of(flag, number, longer, real, written, List.of(longer, longer)));
  }
}
