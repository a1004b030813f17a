package dev.cdcpipeline.sink.connect.config;

import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.MirrorSchema;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The mirrors of change topics as far as the configuration and the topics' names tell them, before
 * any change is read. Topics that do not tell their table are left out.
 */
public final class TopicMirrors {
  private final Map<String, String> properties;
  private final String prefix;

  /**
   * @param properties the connector's, as they were given
   */
  public TopicMirrors(Map<String, String> properties) {
    this.properties = properties;
    this.prefix =
        PostgresSinkConfig.topicPrefix(
            value(SourceKeys.TOPIC_PREFIX, ""), value(SourceKeys.TRANSACTION_TOPIC, ""));
  }

  /** The mirrors of those topics that are mirrored, by topic. */
  public Map<String, TableId> of(Collection<String> topics) {
    Map<String, TableId> mirrors = new TreeMap<>();
    for (String topic : topics) {
      String mode = value(TableKeys.MODE, "transactional");
      if (mode.equals("transactional")) {
        source(topic).ifPresent(source -> mirrors.put(topic, mirrorOf(source)));
      } else if (value(TableKeys.MODE + "." + topic, mode).equals("mirror")) {
        named(topic)
            .or(() -> isNamed(topic) ? Optional.empty() : source(topic).map(this::mirrorOf))
            .ifPresent(mirror -> mirrors.put(topic, mirror));
      }
    }
    return mirrors;
  }

  /** What is wrong if two of the topics share a mirror. */
  public Optional<String> clash(Collection<String> topics) {
    Map<TableId, String> taken = new HashMap<>();
    for (Map.Entry<String, TableId> mirror : of(topics).entrySet()) {
      String other = taken.putIfAbsent(mirror.getValue(), mirror.getKey());
      if (other != null) {
        return Optional.of(
            "topics %s and %s would both be mirrored in %s; name a schema for each with mirror.schema, for example mirror_${schema}, or a table with table.<topic> in mode mirror"
                .formatted(other, mirror.getKey(), mirror.getValue()));
      }
    }
    return Optional.empty();
  }

  /** The source table that a change topic is called after. */
  public Optional<TableId> source(String topic) {
    if (topic.equals(value(SourceKeys.TRANSACTION_TOPIC, ""))) {
      return Optional.empty();
    }
    String[] parts = topic.split("\\.", -1);
    String table = "";
    if (!prefix.isEmpty() && topic.startsWith(prefix + ".")) {
      table = topic.substring(prefix.length() + 1);
    } else if (prefix.isEmpty() && parts.length == 3) {
      table = parts[1] + "." + parts[2];
    }
    int dot = table.indexOf('.');
    return dot <= 0 || dot == table.length() - 1
        ? Optional.empty()
        : Optional.of(new TableId(table.substring(0, dot), table.substring(dot + 1)));
  }

  private boolean isNamed(String topic) {
    return properties.containsKey(TopicKeys.TABLE_PREFIX + topic)
        || properties.containsKey(TopicKeys.TABLE_FORMAT);
  }

  // transformations may give the topic another name, which the table is then called after
  private Optional<TableId> named(String topic) {
    String format = value(TopicKeys.TABLE_PREFIX + topic, value(TopicKeys.TABLE_FORMAT, ""));
    return format.isEmpty() || !value("transforms", "").isEmpty()
        ? Optional.empty()
        : Optional.of(TopicSettings.table(format, topic));
  }

  private TableId mirrorOf(TableId source) {
    return MirrorSchema.mirrorOf(source, value(TableKeys.MIRROR_SCHEMA, "mirror"));
  }

  private String value(String key, String otherwise) {
    String value = properties.get(key);
    return value == null ? otherwise : value.strip();
  }
}
