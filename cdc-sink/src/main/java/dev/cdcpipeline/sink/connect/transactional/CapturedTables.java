package dev.cdcpipeline.sink.connect.transactional;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Which of the tables that a transaction's END counts are read by this connector: decided by its
 * topics as configured.
 */
final class CapturedTables implements Predicate<String> {
  /** What Debezium replaces in a table's name to make the name of its topic. */
  private static final Pattern UNFIT_FOR_TOPICS = Pattern.compile("[^a-zA-Z0-9._-]");

  private final String prefix;
  private final Set<String> topics;
  private final Pattern regex;

  /**
   * @param prefix Debezium's {@code topic.prefix}
   * @param topics the connector's {@code topics}, empty if it has a pattern
   * @param regex the connector's {@code topics.regex}, null if it has a list
   */
  CapturedTables(String prefix, List<String> topics, String regex) {
    this.prefix = prefix;
    this.topics = new HashSet<>(topics);
    this.regex = regex == null || regex.isBlank() ? null : Pattern.compile(regex);
  }

  /** Whether the changes of {@code schema.table} are read. */
  @Override
  public boolean test(String table) {
    String topic = prefix + "." + UNFIT_FOR_TOPICS.matcher(table).replaceAll("_");
    return topics.contains(topic) || (regex != null && regex.matcher(topic).matches());
  }
}
