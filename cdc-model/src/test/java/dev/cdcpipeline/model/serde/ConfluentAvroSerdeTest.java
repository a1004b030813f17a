package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.sample.Usage;
import dev.cdcpipeline.model.sample.UsageKey;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class ConfluentAvroSerdeTest {
  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();

  private static Usage usage() {
    return Usage.newBuilder()
        .setMeterId(7)
        .setName("cellar")
        .setTariff(null)
        .setReadings(2)
        .setUnits(5_000_000_000L)
        .setCost(new BigDecimal("12345678901234567890.50"))
        .setAverage(null)
        .setSourceLsn("0/16E9A30")
        .build();
  }

  @Test
  void readsBackAGeneratedRecord() {
    ConfluentAvroSerde<Usage> serde = ConfluentAvroSerde.ofValues(registry, Usage.class);

    byte[] bytes = serde.serializer().serialize("usage", usage());

    assertThat(serde.deserializer().deserialize("usage", bytes)).isEqualTo(usage());
    assertThat(registry.latest("usage-value")).isPresent();
  }

  @Test
  void readsBackTimesToTheMicrosecond() {
    ConfluentAvroSerde<Usage> serde = ConfluentAvroSerde.ofValues(registry, Usage.class);
    Usage usage =
        Usage.newBuilder(usage())
            .setCost(new BigDecimal("0.00"))
            .setMeasuredUntil(LocalDateTime.parse("2026-01-02T03:00:00.000001"))
            .build();

    byte[] bytes = serde.serializer().serialize("t", usage);

    assertThat(serde.deserializer().deserialize("t", bytes)).isEqualTo(usage);
    Row row = RecordDecoder.ofValues(registry, DecoderOptions.defaults()).decode("t", 0, 0, bytes);
    assertThat(row.type().columns().get(row.type().indexOf("measured_until")).type())
        .isEqualTo(ColumnType.TIMESTAMP_MICROS);
    assertThat(row.get("measured_until")).isEqualTo(1_767_322_800_000_001L);
    assertThat(row.get("cost")).isEqualTo(new BigDecimal("0.00"));
  }

  @Test
  void writesKeysUnderTheKeysSubject() {
    ConfluentAvroSerde<UsageKey> serde = ConfluentAvroSerde.ofKeys(registry, UsageKey.class);

    serde.serializer().serialize("usage", new UsageKey(7L));

    assertThat(registry.latest("usage-key").orElseThrow().schema().getFullName())
        .isEqualTo("dev.cdcpipeline.model.sample.UsageKey");
  }

  @Test
  void registersSchemasWithoutJavasOwnProperties() {
    ConfluentAvroSerde.ofValues(registry, Usage.class).serializer().serialize("t", usage());

    assertThat(Usage.getClassSchema().toString()).contains("avro.java.string");
    assertThat(registry.latest("t-value").orElseThrow().schema().toString())
        .doesNotContain("avro.java.string");
  }

  @Test
  void readsARecordWrittenUnderAnOlderSchema() {
    Schema older =
        Avro.schema(
            Usage.getClassSchema()
                .toString()
                .replace(
                    "{\"name\":\"readings\",\"type\":\"long\"",
                    "{\"name\":\"readings\",\"type\":\"int\""));
    Map<String, Object> values = new HashMap<>();
    values.put("meter_id", 7L);
    values.put("readings", 2);
    values.put("units", 3L);
    values.put("cost", Avro.decimal("1.50"));
    values.put("source_lsn", "0/1");
    byte[] bytes = Avro.framed(registry, older, Avro.record(older, values));

    Usage read =
        ConfluentAvroSerde.ofValues(registry, Usage.class).deserializer().deserialize("t", bytes);

    assertThat(read.getReadings()).isEqualTo(2);
  }

  @Test
  void readsBackGenericRecords() {
    ConfluentAvroSerde<GenericRecord> serde = ConfluentAvroSerde.ofGeneric(registry, false);
    Schema schema = Avro.recordOf("{\"name\":\"x\",\"type\":\"int\"}");
    GenericRecord record = Avro.record(schema, Map.of("x", 5));

    assertThat(serde.deserializer().deserialize("t", serde.serializer().serialize("t", record)))
        .isEqualTo(record);
  }

  @Test
  void readsBackBareValues() {
    for (Object value : List.of("text", 5, 6L, 1.5f, 2.5, true, new byte[] {1, 2})) {
      byte[] bytes =
          new ConfluentAvroSerializer<>(registry, true).serialize("t" + value.getClass(), value);

      assertThat(new ConfluentAvroDeserializer<>(registry, true).deserialize("t", bytes))
          .isEqualTo(value);
    }
    byte[] buffer =
        new ConfluentAvroSerializer<>(registry, true)
            .serialize("b", ByteBuffer.wrap(new byte[] {9}));
    assertThat(new ConfluentAvroDeserializer<>(registry, true).deserialize("b", buffer))
        .isEqualTo(new byte[] {9});
  }

  @Test
  void givesNullForNull() {
    ConfluentAvroSerde<Usage> serde = ConfluentAvroSerde.ofValues(registry, Usage.class);

    assertThat(serde.serializer().serialize("t", null)).isNull();
    assertThat(serde.deserializer().deserialize("t", null)).isNull();
  }

  @Test
  void isConfiguredByTheUsualKeys() {
    Map<String, Object> config =
        Map.of(
            "schema.registry.url",
            "mock://configured",
            "specific.avro.reader",
            "true",
            "value.subject.name.strategy",
            "io.confluent.kafka.serializers.subject.RecordNameStrategy");
    try (ConfluentAvroSerde<Usage> serde = new ConfluentAvroSerde<>()) {
      serde.configure(config, false);

      byte[] bytes = serde.serializer().serialize("t", usage());

      assertThat(serde.deserializer().deserialize("t", bytes)).isEqualTo(usage());
      assertThat(
              InMemorySchemaRegistry.ofScope("configured")
                  .latest("dev.cdcpipeline.model.sample.Usage"))
          .isPresent();
    }
  }

  @Test
  void refusesAnUnregisteredSchemaWhereItMayNotRegister() {
    try (ConfluentAvroSerializer<Usage> serializer = new ConfluentAvroSerializer<>()) {
      serializer.configure(
          Map.of("schema.registry.url", "mock://closed", "auto.register.schemas", "false"), false);

      assertThatThrownBy(() -> serializer.serialize("t", usage()))
          .isInstanceOf(SerializationException.class)
          .hasMessage(
              "schema dev.cdcpipeline.model.sample.Usage is not registered under t-value"
                  + " in the in-memory registry; register it, or set auto.register.schemas=true");
    }
  }

  @Test
  void refusesARecordThatDoesNotFitItsSchema() {
    Schema schema = Avro.recordOf("{\"name\":\"x\",\"type\":\"int\"}");
    GenericRecord wrong = Avro.record(schema, Map.of("x", "five"));

    assertThatThrownBy(() -> new ConfluentAvroSerializer<>(registry, false).serialize("t", wrong))
        .isInstanceOf(SerializationException.class)
        .hasMessageStartingWith("cannot serialize the value for topic t as R: ");
  }

  @Test
  void refusesAValueWithoutASchema() {
    assertThatThrownBy(
            () -> new ConfluentAvroSerializer<>(registry, true).serialize("t", List.of()))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining(
            "has no Avro schema; write a record, a string, a number, a boolean or bytes");
  }

  @Test
  void refusesEveryTruncationOfARecord() {
    ConfluentAvroSerde<Usage> serde = ConfluentAvroSerde.ofValues(registry, Usage.class);
    byte[] bytes = serde.serializer().serialize("t", usage());

    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> serde.deserializer().deserialize("t", cut))
          .isInstanceOf(DecodeException.class);
    }
  }

  @Test
  void refusesABlockWhoseSizeWouldLeadASkippingReaderAstray() {
    // UsageKey has no field tags: Avro skips the block by the size it announces, and would go on
    // to read, wherever that leads, an array of two thousand million elements
    Schema writer =
        Avro.schema(
            """
            {"type":"record","name":"UsageKey","namespace":"dev.cdcpipeline.model.sample","fields":[
              {"name":"tags","type":{"type":"array","items":"int"}},
              {"name":"meter_id","type":"long"}]}\
            """);
    int id = registry.register("astray", writer);
    byte[] honest = {1, 2, 8, 0, 14};
    byte[] lying = {1, 4, 8, 0, 14};
    ConfluentAvroSerde<UsageKey> serde = ConfluentAvroSerde.ofKeys(registry, UsageKey.class);

    assertThat(serde.deserializer().deserialize("t", WireFormat.frame(id, honest)))
        .isEqualTo(new UsageKey(7L));
    assertThatThrownBy(() -> serde.deserializer().deserialize("t", WireFormat.frame(id, lying)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("block ends at byte 8 of the record, and says that it ends at 9");
  }

  @Test
  void namesTheKeyOfABadStrategy() {
    assertThatThrownBy(
            () ->
                new ConfluentAvroSerializer<>()
                    .configure(
                        Map.of(
                            "schema.registry.url",
                            "mock://x",
                            "key.subject.name.strategy",
                            "com.example.Mine"),
                        true))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "key.subject.name.strategy must be one of TopicNameStrategy, RecordNameStrategy,"
                + " TopicRecordNameStrategy, was 'com.example.Mine'");
  }

  @Test
  void pinsEveryDefaultAndDocumentsEveryKeyOnce() {
    Map<String, Object> defaults = new HashMap<>();
    for (ConfigDef.ConfigKey key : AvroSerdeConfig.DEFINITION.configKeys().values()) {
      defaults.put(key.name, key.hasDefault() ? key.defaultValue : "(none)");
    }
    Map<String, Object> expected = new HashMap<>();
    expected.put("schema.registry.url", "(none)");
    expected.put("basic.auth.credentials.source", "USER_INFO");
    expected.put("basic.auth.user.info", null);
    expected.put("bearer.auth.token", null);
    expected.put("schema.registry.request.timeout.ms", 10_000);
    expected.put("schema.registry.request.attempts", 6);
    expected.put("schema.registry.retry.backoff.ms", 100);
    expected.put("auto.register.schemas", true);
    expected.put("key.subject.name.strategy", "TopicNameStrategy");
    expected.put("value.subject.name.strategy", "TopicNameStrategy");
    expected.put("specific.avro.reader", false);

    assertThat(defaults).isEqualTo(expected);
    assertThat(AvroSerdeConfig.DEFINITION.configKeys().values())
        .extracting(key -> key.documentation)
        .doesNotHaveDuplicates()
        .allMatch(text -> !text.isBlank());
    RegistryOptions options = RegistryOptions.of("http://r:1");
    assertThat(options.attempts()).isEqualTo(expected.get("schema.registry.request.attempts"));
    assertThat((int) options.backoff().toMillis())
        .isEqualTo(expected.get("schema.registry.retry.backoff.ms"));
    assertThat((int) options.requestTimeout().toMillis())
        .isEqualTo(expected.get("schema.registry.request.timeout.ms"));
  }
}
