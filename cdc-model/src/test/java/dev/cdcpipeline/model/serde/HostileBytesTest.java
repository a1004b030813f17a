package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.cdcpipeline.model.event.Row;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
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

  private static final int BYTES_OF_AN_ERROR = 1 << 20;

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

  private static final EnvelopeDecoder<Row> ENVELOPES =
      EnvelopeDecoder.ofRows(
          REGISTRY, DecoderOptions.defaults().withBefore(DecoderOptions.Before.ALWAYS));
  private static final RecordDecoder RECORDS =
      RecordDecoder.ofValues(REGISTRY, DecoderOptions.defaults());
  private static final TransactionMarkerDecoder MARKERS = new TransactionMarkerDecoder(REGISTRY);
  private static final KeyDecoder KEYS = new KeyDecoder(REGISTRY);
  private static final ConfluentAvroDeserializer<Object> GENERIC =
      new ConfluentAvroDeserializer<>(REGISTRY, false);

  private static final List<Consumer<byte[]>> DECODERS =
      List.of(
          bytes -> ENVELOPES.decode("t", 0, 1, bytes),
          bytes -> RECORDS.decode("t", 0, 1, bytes),
          bytes -> MARKERS.decode("t", 0, 1, bytes),
          bytes -> KEYS.decode("t", 0, 1, bytes),
          bytes -> KEYS.keyColumns("t", 0, 1, bytes),
          bytes -> GENERIC.deserialize("t", bytes));

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

  @Property(tries = 500)
  void anyBytes(@ForAll @Size(max = 300) byte[] bytes) {
    attack(bytes);
  }

  @Property(tries = 1_000)
  void anyBytesUnderAKnownSchema(@ForAll @Size(max = 400) byte[] body) {
    for (int id : SCHEMA_IDS) {
      attack(WireFormat.frame(id, body));
    }
  }

  @Property(tries = 1_000)
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

  @Property(tries = 1_000)
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

  private void attack(byte[] bytes) {
    for (Consumer<byte[]> decoder : DECODERS) {
      long before = allocated();
      try {
        decoder.accept(bytes);
      } catch (DecodeException e) {
        assertThat(e).hasMessageContaining("cannot decode").hasMessageContaining("; ");
      }
      assertThat(allocated() - before)
          .as("bytes allocated for %s", Arrays.toString(bytes))
          .isLessThan((long) bytes.length * BYTES_PER_BYTE + BYTES_OF_AN_ERROR);
    }
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  @Property(tries = 500)
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

    Row row = RECORDS.decode("t", 0, 1, bytes);

    assertThat(
            List.of(
                row.get("b"), row.get("i"), row.get("l"), row.get("d"), row.get("s"), row.get("a")))
        .isEqualTo(List.of(flag, number, longer, real, written, List.of(longer, longer)));
  }
}
