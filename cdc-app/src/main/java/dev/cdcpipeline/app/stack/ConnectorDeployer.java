package dev.cdcpipeline.app.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Brings the connectors of a directory of {@code {"name": …, "config": {…}}} files to a Connect
 * cluster.
 */
public final class ConnectorDeployer {
  private static final String TABLE_SINK = "analytics-sink.json";
  private static final String STREAMED = "streamed";

  private final ConnectClient connect;

  public ConnectorDeployer(ConnectClient connect) {
    this.connect = connect;
  }

  /**
   * Puts the configuration of each connector that the way needs, unless the cluster has that very
   * one: putting it again would restart the connector. Those of the other way are removed; where
   * they had got to is kept by their ledgers.
   *
   * @param directory the source connector and the table way's sink; the topic way's sinks are in
   *     its directory {@code streamed}
   * @return the names of the connectors that run
   * @throws StackException if a file can't be read or Connect refuses it; those before it have been
   *     put
   */
  public List<String> deploy(Path directory, Way way) {
    List<String> names = new ArrayList<>();
    for (Path file : files(directory)) {
      deploy(file, way.hasTables() || !file.endsWith(TABLE_SINK), names);
    }
    Path streamed = directory.resolve(STREAMED);
    for (Path file : Files.isDirectory(streamed) ? files(streamed) : List.<Path>of()) {
      deploy(file, way.hasTopics(), names);
    }
    return names;
  }

  private static List<Path> files(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new StackException("cannot list the connectors in " + directory, e);
    }
  }

  private void deploy(Path file, boolean wanted, List<String> names) {
    try {
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      String name = json.path("name").asText();
      JsonNode config = json.path("config");
      if (name.isEmpty() || !config.isObject()) {
        throw new StackException("%s: expected {\"name\": …, \"config\": {…}}".formatted(file));
      }
      Optional<JsonNode> present = connect.configuration(name);
      if (!wanted) {
        if (present.isPresent()) {
          connect.delete(name);
        }
        return;
      }
      if (!present.map(other -> sameSettings(config, other)).orElse(false)) {
        connect.put(name, config);
      }
      names.add(name);
    } catch (IOException e) {
      throw new StackException("cannot deploy %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Connect adds the name to the configuration it keeps. */
  private static boolean sameSettings(JsonNode wanted, JsonNode present) {
    boolean same = present.size() == wanted.size() + (wanted.has("name") ? 0 : 1);
    return same
        && wanted.properties().stream()
            .allMatch(
                entry -> entry.getValue().asText().equals(present.path(entry.getKey()).asText()));
  }
}
