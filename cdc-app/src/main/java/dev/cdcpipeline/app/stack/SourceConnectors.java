package dev.cdcpipeline.app.stack;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the configuration of a source connector of PostgreSQL says, ours or Debezium's. */
public final class SourceConnectors {
  private static final String CLASS = "PostgresConnector";
  private static final String OUR_CLASS = "ExactlyOncePostgresConnector";

  private SourceConnectors() {}

  /** Whether a configuration is that of a source connector of PostgreSQL. */
  public static boolean isOne(JsonNode config) {
    return config.path("connector.class").asText().endsWith(CLASS);
  }

  /** Whether it is of our class, whose offsets name the signals that are finished. */
  public static boolean isOurs(JsonNode config) {
    return config.path("connector.class").asText().endsWith(OUR_CLASS);
  }

  /**
   * Whether the lists of schemas and tables let a table through, as Debezium reads them.
   *
   * @param table with its schema, as connectors name it
   */
  public static boolean captures(JsonNode config, String table) {
    String schema = table.substring(0, table.indexOf('.'));
    return allowed(config, "schema.include.list", "schema.exclude.list", schema)
        && allowed(config, "table.include.list", "table.exclude.list", table);
  }

  private static boolean allowed(JsonNode config, String include, String exclude, String name) {
    List<String> included = words(config, include).toList();
    return included.isEmpty()
        ? words(config, exclude).noneMatch(pattern -> matches(pattern, name))
        : included.stream().anyMatch(pattern -> matches(pattern, name));
  }

  private static boolean matches(String pattern, String name) {
    return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE).matcher(name).matches();
  }

  /** The words of a setting that is a list. */
  public static Stream<String> words(JsonNode config, String key) {
    return Arrays.stream(config.path(key).asText("").split(","))
        .map(String::trim)
        .filter(word -> !word.isEmpty());
  }
}
