package dev.cdcpipeline.app.reread;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.ConnectClient.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The source connector that captures a table, as Connect has its configuration.
 *
 * @param name of the connector
 * @param topicPrefix its {@code topic.prefix}, which is the key of signals to it
 * @param signalTopic the topic that it reads signals from
 * @param saysWhatIsDone whether its offsets name the signals that are finished, as those of our
 *     class do
 */
record CapturingConnector(
    String name, String topicPrefix, String signalTopic, boolean saysWhatIsDone) {

  private static final String CLASS = "PostgresConnector";
  private static final String OUR_CLASS = "ExactlyOncePostgresConnector";

  /**
   * Finds it.
   *
   * @param table with its schema, as connectors name it
   * @throws RereadException no connector captures the table, or the one that does cannot take the
   *     signal
   * @throws IOException Connect does not answer
   */
  static CapturingConnector of(ConnectClient connect, String table) throws IOException {
    List<String> others = new ArrayList<>();
    for (Status status : connect.statuses()) {
      Optional<JsonNode> config = connect.configuration(status.name());
      if (config.isEmpty() || !config.get().path("connector.class").asText().endsWith(CLASS)) {
        continue;
      }
      if (captures(config.get(), table)) {
        return ready(status, config.get(), table);
      }
      others.add(
          status.name()
              + " (table.include.list="
              + config.get().path("table.include.list").asText("")
              + ")");
    }
    throw new RereadException(
        "no source connector captures "
            + table
            + (others.isEmpty()
                ? ": Connect has no connector of PostgreSQL"
                : "; there is " + String.join(", ", others))
            + "; add the table to table.include.list and to the publication");
  }

  private static CapturingConnector ready(Status status, JsonNode config, String table) {
    String name = status.name();
    if (!status.isRunning()) {
      throw new RereadException(
          "connector %s, which captures %s, does not run: %s; start it first (see cdc status)"
              .formatted(
                  name,
                  table,
                  Stream.concat(Stream.of(status.connector()), status.tasks().stream())
                      .map(state -> state.name() + " is " + state.state())
                      .distinct()
                      .reduce((one, other) -> one + ", " + other)
                      .orElse("it has no task")));
    }
    String topic = config.path("signal.kafka.topic").asText("");
    if (topic.isEmpty()
        || !words(config, "signal.enabled.channels").anyMatch(channel -> channel.equals("kafka"))) {
      throw new RereadException(
          "connector %s takes no signals from a topic; set signal.enabled.channels=kafka, signal.kafka.topic, signal.kafka.bootstrap.servers and read.only=true on it"
              .formatted(name));
    }
    return new CapturingConnector(
        name,
        config.path("topic.prefix").asText(),
        topic,
        config.path("connector.class").asText().endsWith(OUR_CLASS));
  }

  /** Whether the lists of schemas and tables let the table through, as Debezium reads them. */
  static boolean captures(JsonNode config, String table) {
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

  private static Stream<String> words(JsonNode config, String key) {
    return Arrays.stream(config.path(key).asText("").split(","))
        .map(String::trim)
        .filter(word -> !word.isEmpty());
  }
}
