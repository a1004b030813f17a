package dev.cdcpipeline.sink.connect.config;

import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.SchemaEvolution;
import dev.cdcpipeline.sink.table.TableOptions;
import dev.cdcpipeline.sink.table.WriteMode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * How one topic becomes a table.
 *
 * @param table the table it is written to; null in mode mirror for the one that is called like the
 *     source's, in {@code mirrorSchema}
 * @param options how the table is treated
 * @param keyFromValue whether the key columns are fields of the value, rather than of the key
 * @param keyColumns names of the key columns; empty for all fields of the record's key
 * @param tombstones what a record without a value does
 * @param ignoresTruncates whether a TRUNCATE of the source table is passed over in mode upsert
 * @param mirrorSchema schema of the mirrors
 * @param sourceEpoch the source's epoch, for mirrors
 */
public record TopicSettings(
    TableId table,
    TableOptions options,
    boolean keyFromValue,
    List<String> keyColumns,
    Tombstones tombstones,
    boolean ignoresTruncates,
    String mirrorSchema,
    int sourceEpoch) {

  /** What a record without a value does. */
  public enum Tombstones {
    DELETE,
    IGNORE,
    REFUSE
  }

  // what may be said of one topic: the key, a dot, the topic
  private static final List<String> OF_ONE_TOPIC =
      List.of(
          TableKeys.MODE,
          TopicKeys.KEY_FROM,
          TopicKeys.KEY_COLUMNS,
          TopicKeys.TOMBSTONES,
          TopicKeys.TRUNCATES,
          TopicKeys.AUTO_CREATE,
          TopicKeys.APPLIED_AT,
          TableKeys.SCHEMA_EVOLUTION);

  private static final Pattern WORD = Pattern.compile("\\$\\{(topic|table)\\}");

  /** The topic that a key speaks of, null if it speaks of none. */
  static String topicOf(String key) {
    if (PostgresSinkConfig.DEFINITION.configKeys().containsKey(key)) {
      return null;
    }
    if (key.startsWith(TopicKeys.TABLE_PREFIX)) {
      return key.substring(TopicKeys.TABLE_PREFIX.length());
    }
    for (String prefix : OF_ONE_TOPIC) {
      if (key.startsWith(prefix + ".")) {
        return key.substring(prefix.length() + 1);
      }
    }
    return null;
  }

  /** What is wrong with what is said of single topics, by key. */
  static Map<String, String> problems(Map<String, String> properties) {
    Map<String, String> problems = new LinkedHashMap<>();
    for (String prefix : OF_ONE_TOPIC) {
      ConfigDef.ConfigKey defined = PostgresSinkConfig.DEFINITION.configKeys().get(prefix);
      properties.forEach(
          (key, value) -> {
            if (key.startsWith(prefix + ".") && topicOf(key) != null) {
              try {
                Object parsed = ConfigDef.parseType(key, value, defined.type);
                if (defined.validator != null) {
                  defined.validator.ensureValid(key, parsed);
                }
                if (prefix.equals(TableKeys.MODE) && value.strip().equals("transactional")) {
                  throw new ConfigException("transactional is no mode of a single topic");
                }
              } catch (ConfigException e) {
                problems.put(key, e.getMessage());
              }
            }
          });
    }
    return problems;
  }

  /**
   * What the configuration says of a topic.
   *
   * @param original the topic's own name, which settings name it by
   * @param routed its name after transformations, which names its table
   */
  public static TopicSettings of(PostgresSinkConfig config, String original, String routed) {
    Map<String, String> said = new HashMap<>(config.originalsStrings());
    for (String prefix : OF_ONE_TOPIC) {
      String own = said.get(prefix + "." + original);
      if (own != null) {
        said.put(prefix, own);
      }
    }
    Map<String, Object> values = PostgresSinkConfig.DEFINITION.parse(said);
    String appliedAt = (String) values.get(TopicKeys.APPLIED_AT);
    WriteMode mode = WriteMode.valueOf(upper(values.get(TableKeys.MODE)));
    boolean mirror = mode == WriteMode.MIRROR;
    TableOptions options =
        new TableOptions(
            mode,
            (Boolean) values.get(TopicKeys.AUTO_CREATE),
            mirror
                ? SchemaEvolution.valueOf(upper(values.get(TableKeys.SCHEMA_EVOLUTION)))
                : evolution(said, values),
            appliedAt.isEmpty() || mirror ? null : appliedAt);
    String named = said.get(TopicKeys.TABLE_PREFIX + original);
    String format = named == null ? (String) values.get(TopicKeys.TABLE_FORMAT) : named;
    boolean called = named != null || said.containsKey(TopicKeys.TABLE_FORMAT);
    @SuppressWarnings("unchecked") // the type of a LIST
    List<String> keyColumns = (List<String>) values.get(TopicKeys.KEY_COLUMNS);
    return new TopicSettings(
        mirror && !called ? null : table(format, routed),
        options,
        values.get(TopicKeys.KEY_FROM).equals("value"),
        List.copyOf(keyColumns),
        Tombstones.valueOf(upper(values.get(TopicKeys.TOMBSTONES))),
        values.get(TopicKeys.TRUNCATES).equals("ignore"),
        (String) values.get(TableKeys.MIRROR_SCHEMA),
        (Integer) values.get(SourceKeys.SOURCE_EPOCH));
  }

  // a table may be someone's own: its columns are not widened unless that is asked for
  private static SchemaEvolution evolution(Map<String, String> said, Map<String, Object> values) {
    return said.containsKey(TableKeys.SCHEMA_EVOLUTION)
        ? SchemaEvolution.valueOf(upper(values.get(TableKeys.SCHEMA_EVOLUTION)))
        : SchemaEvolution.ADD;
  }

  /** The table that a format names: a dot of the format's own parts schema and name. */
  static TableId table(String format, String topic) {
    String masked = WORD.matcher(format).replaceAll(m -> "\0" + m.group(1).charAt(1) + "\0");
    int dot = masked.indexOf('.');
    String schema = dot < 0 ? "public" : masked.substring(0, dot);
    return new TableId(fill(schema, topic), fill(masked.substring(dot + 1), topic));
  }

  private static String fill(String masked, String topic) {
    // the second letter tells topic from table
    return masked
        .replace("\0o\0", topic)
        .replace("\0a\0", topic.substring(topic.lastIndexOf('.') + 1));
  }

  private static String upper(Object value) {
    return String.valueOf(value).toUpperCase(Locale.ROOT);
  }
}
