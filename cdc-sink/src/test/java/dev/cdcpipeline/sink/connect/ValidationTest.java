package dev.cdcpipeline.sink.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.connect.config.PostgresSinkConfigTest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Connect's {@code validate} answers to typical mistakes: at the key, what is wrong. */
class ValidationTest {
  private static Map<String, List<String>> errors(Map<String, String> config) {
    Map<String, List<String>> errors = new HashMap<>();
    for (ConfigValue value : new PostgresSinkConnector().validate(config).configValues()) {
      if (!value.errorMessages().isEmpty()) {
        errors.put(value.name(), value.errorMessages());
      }
    }
    return errors;
  }

  @Test
  void aGoodConfigurationHasNoError() {
    assertThat(errors(PostgresSinkConfigTest.minimal())).isEmpty();
  }

  @ParameterizedTest(name = "{0}={1}")
  @CsvSource({
    "connection.url, postgres://db/analytics, 'jdbc:postgresql://host:port/database'",
    "connection.user, '', non-empty",
    "mode, transactionl, 'transactional'",
    "flush.max.rows, many, 'Not a number of type INT'",
    "flush.max.rows, 0, 'at least 1'",
    "buffer.max.bytes, 1024, '1048576'",
    "consumer.override.isolation.level, read_uncommitted, 'read_committed'",
    "schema.evolution, drop, 'evolve'",
    "synchronous.commit, true, 'on'",
    "source.epoch, -1, 'at least 0'",
    "retry.timeout.ms, 15m, 'Not a number of type LONG'"
  })
  void aWrongValueIsNamedAtItsKeyWithWhatIsExpected(String key, String value, String says) {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.put(key, value);

    assertThat(errors(config)).containsKey(key);
    assertThat(String.join("\n", errors(config).get(key))).contains(says).contains(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db:x/analytics?password=hidden",
        "jdbc:postgresql://u:hidden@db/analytics",
        "jdbc:mysql://db/analytics?password=hidden"
      })
  void aUrlThatIsNoneIsRefusedWithoutItsPassword(String url) {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.put("connection.url", url);

    assertThat(errors(config).get("connection.url"))
        .singleElement()
        .asString()
        .startsWith("connection.url must ")
        .doesNotContain("hidden");
  }

  @ParameterizedTest
  @CsvSource({
    "connection.url",
    "connection.user",
    "kafka.bootstrap.servers",
    "consumer.override.isolation.level",
    "schema.registry.url",
    "transaction.topic"
  })
  void aMissingKeyIsNamed(String key) {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.remove(key);

    assertThat(errors(config)).containsKey(key);
    assertThat(errors(config).get(key)).isNotEmpty().allMatch(message -> message.contains(key));
  }

  @Test
  void aSettingThatIsNullIsRefused() {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.put("connection.user", null);

    assertThat(errors(config))
        .containsEntry(
            "connection.user",
            List.of("connection.user: is null; give it a value, or leave it out"));
  }

  @Test
  void aPatternOfTopicsThatIsNoneIsRefused() {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.remove("topics");
    config.put("topics.regex", "[");
    config.put("mode", "upsert");
    config.put("mode.shop.public.orders", "append");

    assertThat(errors(config).get("topics.regex"))
        .singleElement()
        .asString()
        .startsWith("topics.regex: is no regular expression");
  }

  @ParameterizedTest(name = "{0}={1}")
  @CsvSource({
    "input, connect, mode",
    "key.from, value, key.from",
    "key.columns, id, key.columns",
    "applied.at.column, updated_at, applied.at.column",
    "replay.horizon.ms, 1, replay.horizon.ms",
    "mode.shop.public.orders, transactional, mode.shop.public.orders"
  })
  void whatModeMirrorCannotDoIsRefusedAtItsKey(String key, String value, String at) {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.remove("transaction.topic");
    config.put("mode", "mirror");
    assertThat(errors(config)).isEmpty();
    config.put(key, value);

    assertThat(errors(config)).containsKey(at);
  }

  @ParameterizedTest(name = "{0}: {1}={2}")
  @CsvSource({
    "transactional, input, avro, mirror or upsert or append",
    "transactional, table.name.format, ${topic}, mirror or upsert or append",
    "transactional, auto.create, false, mirror or upsert or append",
    "transactional, flush.max.bytes, 100000, mirror or upsert or append",
    "transactional, flush.interval.ms, 5, mirror or upsert or append",
    "transactional, copy.threshold, 10, mirror or upsert or append",
    "transactional, bad.records.max.share, 0.1, mirror or upsert or append",
    "transactional, errors.deadletterqueue.topic.name, dead, mirror or upsert or append",
    "transactional, key.from, value, upsert or append",
    "transactional, key.columns, id, upsert or append",
    "transactional, tombstones, ignore, upsert or append",
    "transactional, truncates, ignore, upsert",
    "transactional, applied.at.column, at, upsert or append",
    "transactional, replay.horizon.ms, 60000, mirror",
    "transactional, auto.create.shop.public.orders, false, mirror or upsert or append",
    "transactional, mode.shop.public.orders, upsert, mirror or upsert or append",
    "transactional, table.shop.public.orders, o, mirror or upsert or append",
    "mirror, results.dir, /results, transactional",
    "mirror, result.schema, results, transactional",
    "mirror, stall.timeout.ms, 60000, transactional",
    "mirror, buffer.max.bytes, 2000000, transactional",
    "mirror, spill.dir, /spill, transactional",
    "mirror, truncates, ignore, upsert",
    "mirror, tombstones.shop.public.orders, ignore, upsert or append",
    "upsert, source.epoch, 1, transactional or mirror",
    "upsert, mirror.schema, m, transactional or mirror",
    "upsert, source.topic.prefix, shop, transactional or mirror",
    "upsert, transaction.topic, shop.transaction, transactional or mirror",
    "append, truncates, ignore, upsert",
    "append, replay.horizon.ms, 60000, mirror"
  })
  void aKeyThatTheModeDoesNotUseIsRefused(String mode, String key, String value, String users) {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    if (!mode.equals("transactional")) {
      config.remove("transaction.topic");
    }
    config.put("mode", mode);
    assertThat(errors(config)).isEmpty();
    config.put(key, value);

    assertThat(errors(config).get(key))
        .singleElement()
        .asString()
        .startsWith(key + ": is for mode " + users + ", and the mode is " + mode);
  }

  @Test
  void aKeyThatTheModeOfOneTopicUsesIsTaken() {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.remove("transaction.topic");
    config.put("mode", "upsert");
    config.put("mode.shop.public.orders", "mirror");
    config.put("mirror.schema", "m");
    config.put("replay.horizon.ms", "60000");
    config.put("key.columns", "id");

    assertThat(errors(config)).isEmpty();
  }
}
