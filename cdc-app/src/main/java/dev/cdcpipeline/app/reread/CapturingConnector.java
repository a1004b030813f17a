package dev.cdcpipeline.app.reread;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.ConnectClient.Status;
import dev.cdcpipeline.app.stack.SourceConnectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
      if (config.isEmpty() || !SourceConnectors.isOne(config.get())) {
        continue;
      }
      if (SourceConnectors.captures(config.get(), table)) {
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
        || !SourceConnectors.words(config, "signal.enabled.channels")
            .anyMatch(channel -> channel.equals("kafka"))) {
      throw new RereadException(
          "connector %s takes no signals from a topic; set signal.enabled.channels=kafka, signal.kafka.topic, signal.kafka.bootstrap.servers and read.only=true on it"
              .formatted(name));
    }
    return new CapturingConnector(
        name, config.path("topic.prefix").asText(), topic, SourceConnectors.isOurs(config));
  }
}
