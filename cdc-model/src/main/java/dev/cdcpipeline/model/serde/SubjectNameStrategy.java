package dev.cdcpipeline.model.serde;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.kafka.common.config.ConfigException;

/**
 * The subject a record's schema is registered under; the constants do what Confluent's classes of
 * these names do.
 */
public enum SubjectNameStrategy {
  /** {@code topic-key} or {@code topic-value}: one schema history for a topic. */
  TOPIC("TopicNameStrategy") {
    @Override
    public String subject(String topic, boolean key, Schema schema) {
      return topic + (key ? "-key" : "-value");
    }
  },
  /** The record's full name: one schema history for a type, whatever topic it is on. */
  RECORD("RecordNameStrategy") {
    @Override
    public String subject(String topic, boolean key, Schema schema) {
      return schema.getFullName();
    }
  },
  /** {@code topic-} and the record's full name: several types on one topic. */
  TOPIC_RECORD("TopicRecordNameStrategy") {
    @Override
    public String subject(String topic, boolean key, Schema schema) {
      return topic + "-" + schema.getFullName();
    }
  };

  private final String className;

  SubjectNameStrategy(String className) {
    this.className = className;
  }

  /** The subject for a key's or a value's schema on a topic. */
  public abstract String subject(String topic, boolean key, Schema schema);

  /**
   * The strategy for a configured class name, with or without its package.
   *
   * @throws ConfigException if none has that name; the message names the key and those that exist
   */
  static SubjectNameStrategy named(String configKey, Object value) {
    String name = value instanceof Class<?> type ? type.getName() : String.valueOf(value);
    for (SubjectNameStrategy strategy : values()) {
      if (name.substring(name.lastIndexOf('.') + 1).equals(strategy.className)) {
        return strategy;
      }
    }
    throw new ConfigException(
        configKey
            + " must be one of "
            + Arrays.stream(values()).map(s -> s.className).collect(Collectors.joining(", "))
            + ", was '"
            + name
            + "'");
  }
}
