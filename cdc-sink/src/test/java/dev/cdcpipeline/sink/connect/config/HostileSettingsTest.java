package dev.cdcpipeline.sink.connect.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.Bounded;
import dev.cdcpipeline.sink.connect.PostgresSinkConnector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Connect's validation answers to any configuration, and a start is refused by Connect's own
 * exception. What validation finds good starts.
 */
class HostileSettingsTest {
  private static final long BYTES = 10 << 20;
  private static final String TOPIC = "shop.public.orders";

  @Property
  void someSettingsChanged(@ForAll("changes") Map<String, String> changes) {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.putAll(changes);
    attack(config);
  }

  @Property
  void someSettingsChangedInMirrorMode(@ForAll("changes") Map<String, String> changes) {
    Map<String, String> config = PostgresSinkConfigTest.minimal();
    config.remove("transaction.topic");
    config.put("mode", "mirror");
    config.putAll(changes);
    attack(config);
  }

  @Property
  void anySettings(@ForAll("changes") Map<String, String> settings) {
    attack(settings);
  }

  private static void attack(Map<String, String> config) {
    PostgresSinkConnector connector = new PostgresSinkConnector();
    List<ConfigValue> values = new ArrayList<>();
    Bounded.attack(
        ConnectException.class,
        e -> assertThat(e).as("validation").isNull(),
        BYTES,
        config.toString(),
        () -> values.addAll(connector.validate(config).configValues()));
    boolean good = values.stream().allMatch(value -> value.errorMessages().isEmpty());
    Bounded.attack(
        ConnectException.class,
        e -> assertThat(good).as("%s was found good: %s", config, e).isFalse(),
        BYTES,
        config.toString(),
        () -> connector.start(config));
    if (good) {
      Bounded.attack(
          ConfigException.class,
          e -> assertThat(e).as("a topic's settings, found good").isNull(),
          BYTES,
          config.toString(),
          () -> {
            assertThat(connector.taskConfigs(2)).isNotEmpty();
            PostgresSinkConfig settings = new PostgresSinkConfig(config);
            settings.sinkName();
            settings.mirrorsInOneSchema();
            settings.kafkaClient();
            if (!settings.isTransactional()) {
              TopicSettings.of(settings, TOPIC, "renamed");
            }
          });
    }
  }

  @Provide
  Arbitrary<Map<String, String>> changes() {
    List<String> known = new ArrayList<>(PostgresSinkConfig.DEFINITION.configKeys().keySet());
    known.addAll(
        List.of(
            "topics",
            "topics.regex",
            "name",
            "tasks.max",
            "transforms",
            "transforms.x.type",
            "key.converter",
            "value.converter",
            "odd",
            "",
            ".",
            "kafka.",
            "schema.registry.x"));
    for (String prefix :
        List.of("mode", "key.from", "key.columns", "tombstones", "table", "auto.create")) {
      known.add(prefix + "." + TOPIC);
      known.add(prefix + ".");
    }
    Arbitrary<String> value =
        Arbitraries.oneOf(
            Arbitraries.of(
                "",
                " ",
                ",",
                "a,b",
                TOPIC,
                "shop.transaction",
                "mirror",
                "upsert",
                "append",
                "transactional",
                "avro",
                "connect",
                "key",
                "value",
                "delete",
                "refuse",
                "ignore",
                "x",
                "true",
                "off",
                "add",
                "${schema}",
                "${topic}",
                "${table}.${",
                ".",
                "a.",
                ".b",
                "${",
                "mirror_${schema}",
                "$1",
                "\\",
                "[",
                "(a*)*b",
                "0",
                "-1",
                "1",
                "1.5",
                "NaN",
                "9223372036854775808",
                "2147483647",
                "jdbc:postgresql:",
                "jdbc:postgresql://h/d?a",
                "jdbc:postgresql://h:99999/d",
                "jdbc:postgresql://h/%zz",
                "\0",
                "\ud800"),
            Arbitraries.strings().ofMaxLength(12));
    return Arbitraries.maps(Arbitraries.of(known), value.injectNull(0.1))
        .ofMaxSize(5)
        .map(HashMap::new);
  }
}
