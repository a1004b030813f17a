package dev.cdcpipeline.sink.connect.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/sink-configuration.md} is what the connector's definition says; {@code
 * -Dreference.write=true} writes it.
 */
class ConfigurationReferenceTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "sink-configuration.md");
  private static final String WRITE = "reference.write";

  @Test
  void theReferenceIsWhatTheDefinitionSays() throws IOException {
    String expected = reference();
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(DOCUMENT, expected);
    }

    assertThat(Files.exists(DOCUMENT) ? Files.readString(DOCUMENT) : "")
        .as(
            "docs/sink-configuration.md is stale; write it anew with: mvn -Dquick -pl cdc-sink -am"
                + " test -Dtest=ConfigurationReferenceTest -D"
                + WRITE
                + "=true")
        .isEqualTo(expected);
  }

  private static String reference() {
    StringBuilder text =
        new StringBuilder(
            """
            # Configuration of the sink

            The keys of `PostgresSinkConnector`, beside those that every sink connector of Connect has (`topics`, `tasks.max`, converters, `errors.*`).
            This page is generated from the connector's definition. A wrong value is refused, never repaired, and so is a key that the sink's mode does not use
            (every mode uses a key without the line "modes"): Connect's REST API says what is wrong at
            `PUT /connector-plugins/PostgresSinkConnector/config/validate`. `infra/connectors/analytics-sink.json` is a complete example.
            """);
    ConfigDef definition = PostgresSinkConfig.DEFINITION;
    for (String group : definition.groups()) {
      text.append("\n## ").append(group).append('\n');
      keys(definition, group).forEach(key -> append(key, text));
    }
    return text.toString();
  }

  private static List<ConfigKey> keys(ConfigDef definition, String group) {
    List<ConfigKey> keys = new ArrayList<>(definition.configKeys().values());
    keys.removeIf(key -> !group.equals(key.group));
    keys.sort(Comparator.comparingInt(key -> key.orderInGroup));
    return keys;
  }

  private static void append(ConfigKey key, StringBuilder text) {
    text.append("\n### `").append(key.name).append("`\n\n");
    text.append(key.documentation.replace("<", "\\<")).append("\n\n");
    text.append("- type: ").append(key.type.name().toLowerCase(Locale.ROOT)).append('\n');
    text.append("- default: ").append(defaultOf(key)).append('\n');
    if (key.validator != null) {
      text.append("- valid: ").append(key.validator).append('\n');
    }
    List<String> modes = KeysOfModes.of(key.name);
    if (!modes.isEmpty()) {
      text.append("- modes: ").append(String.join(", ", modes)).append('\n');
    }
    text.append("- importance: ")
        .append(key.importance.name().toLowerCase(Locale.ROOT))
        .append('\n');
  }

  private static String defaultOf(ConfigKey key) {
    if (!key.hasDefault()) {
      return "none, it must be set";
    }
    Object value = key.defaultValue instanceof Password p ? p.value() : key.defaultValue;
    return String.valueOf(value).isEmpty() ? "empty" : "`" + value + "`";
  }
}
