package dev.cdcpipeline.sink.connect.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which modes use a key. A key that the mode does not use is refused: it would be believed and do
 * nothing.
 */
final class KeysOfModes {
  private static final String DEAD_LETTER_TOPIC = "errors.deadletterqueue.topic.name";
  private static final String TRANSACTIONAL = "transactional";
  private static final String MIRROR = "mirror";
  private static final String UPSERT = "upsert";
  private static final String APPEND = "append";

  /** The keys that some modes use; all others are for every mode. */
  private static final Map<String, List<String>> MODES = modes();

  private final Map<String, String> properties;
  private final String mode;

  /**
   * The modes of one sink.
   *
   * @param properties the connector's, as they were given
   */
  KeysOfModes(Map<String, String> properties) {
    this.properties = properties;
    this.mode = properties.getOrDefault(TableKeys.MODE, TRANSACTIONAL).strip();
  }

  /** The modes that use a key; empty if all do. */
  static List<String> of(String key) {
    return MODES.getOrDefault(key, List.of());
  }

  /** What is wrong with a key, empty if a mode of this sink uses it. */
  Optional<String> problem(String key) {
    String topic = TopicSettings.topicOf(key);
    if (topic == null) {
      List<String> users = of(key);
      boolean isUsed =
          users.isEmpty() || users.contains(mode) || ofTopics().anyMatch(users::contains);
      return isUsed ? Optional.empty() : Optional.of(notFor(users));
    }
    if (mode.equals(TRANSACTIONAL)) {
      return Optional.of(notFor(List.of(MIRROR, UPSERT, APPEND)));
    }
    List<String> users = of(key.substring(0, key.length() - topic.length() - 1));
    String own = properties.getOrDefault(TableKeys.MODE + "." + topic, mode).strip();
    return users.isEmpty() || users.contains(own)
        ? Optional.empty()
        : Optional.of(notFor(users) + " for this topic");
  }

  private Stream<String> ofTopics() {
    return mode.equals(TRANSACTIONAL)
        ? Stream.empty()
        : properties.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith(TableKeys.MODE + "."))
            .map(entry -> entry.getValue().strip());
  }

  private String notFor(List<String> users) {
    return "is for mode %s, and the mode is %s; remove it, or set mode"
        .formatted(String.join(" or ", users), mode);
  }

  private static Map<String, List<String>> modes() {
    Map<String, List<String>> modes = new HashMap<>();
    put(
        modes,
        List.of(TRANSACTIONAL),
        SourceKeys.STALL_TIMEOUT_MS,
        FlushKeys.BUFFER_MAX_BYTES,
        FlushKeys.SPILL_DIR,
        TableKeys.RESULTS_DIR,
        TableKeys.RESULT_SCHEMA);
    put(
        modes,
        List.of(TRANSACTIONAL, MIRROR),
        SourceKeys.TRANSACTION_TOPIC,
        SourceKeys.TOPIC_PREFIX,
        SourceKeys.SOURCE_EPOCH,
        TableKeys.MIRROR_SCHEMA);
    put(modes, List.of(MIRROR), SourceKeys.REPLAY_HORIZON_MS);
    put(
        modes,
        List.of(MIRROR, UPSERT, APPEND),
        TopicKeys.INPUT,
        TopicKeys.TABLE_FORMAT,
        TopicKeys.AUTO_CREATE,
        FlushKeys.FLUSH_MAX_BYTES,
        FlushKeys.FLUSH_INTERVAL_MS,
        FlushKeys.COPY_THRESHOLD,
        FailureKeys.BAD_RECORDS_MAX_SHARE,
        DEAD_LETTER_TOPIC);
    put(
        modes,
        List.of(UPSERT, APPEND),
        TopicKeys.KEY_FROM,
        TopicKeys.KEY_COLUMNS,
        TopicKeys.TOMBSTONES,
        TopicKeys.APPLIED_AT);
    put(modes, List.of(UPSERT), TopicKeys.TRUNCATES);
    return Map.copyOf(modes);
  }

  private static void put(Map<String, List<String>> modes, List<String> users, String... keys) {
    for (String key : keys) {
      modes.put(key, users);
    }
  }
}
