package dev.cdcpipeline.app.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.serde.ConfluentAvroSerializer;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RecordTextTest {
  private static final Schema ROW =
      new Schema.Parser()
          .parse(
              """
              {"type":"record","name":"Row","fields":[
                {"name":"id","type":"int"},
                {"name":"name","type":["null","string"]},
                {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
                {"name":"at","type":{"type":"long","connect.name":"io.debezium.time.MicroTimestamp"}},
                {"name":"day","type":{"type":"int","logicalType":"date"}},
                {"name":"raw","type":"bytes"},
                {"name":"note","type":"string"},
                {"name":"tags","type":{"type":"array","items":["null","string"]}},
                {"name":"inner","type":{"type":"record","name":"Inner","fields":[{"name":"x","type":"double"}]}}
              ]}\
              """);

  private final SchemaRegistry registry = new InMemorySchemaRegistry();
  private final RecordText text = new RecordText(Optional.of(registry));

  private static ConsumerRecord<byte[], byte[]> record(
      byte[] key, byte[] value, RecordHeaders headers) {
    return new ConsumerRecord<>(
        "t",
        2,
        40,
        1_767_322_800_123L,
        TimestampType.CREATE_TIME,
        0,
        0,
        key,
        value,
        headers,
        Optional.empty());
  }

  private static ConsumerRecord<byte[], byte[]> record(byte[] key, byte[] value) {
    return record(key, value, new RecordHeaders());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void writesAvroAsJsonWithReadableValues() {
    GenericRecord row = new GenericData.Record(ROW);
    row.put("id", 7);
    row.put("name", null);
    row.put("price", ByteBuffer.wrap(new BigDecimal("12.30").unscaledValue().toByteArray()));
    row.put("at", 1_767_322_800_000_001L);
    row.put("day", 1);
    row.put("raw", ByteBuffer.wrap(new byte[] {1, -1}));
    row.put("note", "__debezium_unavailable_value");
    row.put("tags", java.util.Arrays.asList("a", null));
    GenericRecord inner = new GenericData.Record(ROW.getField("inner").schema());
    inner.put("x", 1.5);
    row.put("inner", inner);
    byte[] value = new ConfluentAvroSerializer<GenericRecord>(registry, false).serialize("t", row);
    byte[] key = new ConfluentAvroSerializer<String>(registry, true).serialize("t", "k");

    assertThat(text.lines(record(key, value)))
        .containsExactly(
            "t-2@40  2026-01-02T03:00:00.123Z",
            "  key    {\"key\":\"k\"}",
            "  value "
                + " {\"id\":7,\"name\":null,\"price\":12.30,\"at\":\"2026-01-02T03:00:00.000001\",\"day\":\"1970-01-02\",\"raw\":\"\\\\x01ff\",\"note\":\"(unchanged,"
                + " not sent)\",\"tags\":[\"a\",null],\"inner\":{\"x\":1.5}}");
  }

  @Test
  void writesATombstoneAndAMissingKey() {
    assertThat(text.lines(record(utf8("k"), null)))
        .containsSubsequence("  key    k", "  value  (tombstone)");
    assertThat(text.lines(record(null, utf8("v"))))
        .containsSubsequence("  key    (none)", "  value  v");
  }

  @Test
  void writesHeadersOnOneLineEach() {
    RecordHeaders headers = new RecordHeaders();
    headers.add("why", utf8("two\nlines")).add("bytes", new byte[] {-1}).add("none", null);

    assertThat(text.lines(record(null, utf8("v"), headers)))
        .containsSubsequence(
            "  header why: two\\nlines", "  header bytes: 0xff", "  header none: (none)");
  }

  @Test
  void writesTheNumbersOfKafkasOwnSerializers() {
    byte[] bigint = ByteBuffer.allocate(8).putLong(7).array();
    byte[] integer = ByteBuffer.allocate(4).putInt(-2).array();

    assertThat(text.lines(record(bigint, integer)))
        .containsSubsequence(
            "  key    0x0000000000000007  (as a bigint: 7)",
            "  value  0xfffffffe  (as an int: -2)");
  }

  @Test
  void writesWhatItCannotDecodeWithTheReason() {
    List<String> lines = text.lines(record(null, new byte[] {0, 0, 0, 0, 99, 1}));

    assertThat(lines.get(2)).startsWith("  value  0x000000006301  ([t-2@40] cannot decode value: ");
  }

  @Test
  void writesAvroInHexadecimalWithoutARegistry() {
    byte[] key = new ConfluentAvroSerializer<String>(registry, true).serialize("t", "k\u0001");

    assertThat(new RecordText(Optional.empty()).lines(record(key, null)).get(1))
        .startsWith("  key    0x00000000");
  }
}
