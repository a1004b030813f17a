package dev.cdcpipeline.app.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Brings the connectors of a directory of {@code {"name": …, "config": {…}}} files to a Connect
 * cluster.
 */
public final class ConnectorDeployer {
  private static final String TABLE_SINK = "analytics-sink.json";
  private static final String STREAMED = "streamed";

  private final ConnectClient connect;
  private final Map<String, JsonNode> wanted = new LinkedHashMap<>();
  private final Set<String> changed = new LinkedHashSet<>();

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
    files(directory, way)
        .forEach(
            (file, isWanted) -> {
              deploy(file, isWanted);
            });
    return List.copyOf(wanted.keySet());
  }

  /**
   * The connectors that a way needs, by their names.
   *
   * @throws StackException if a file can't be read
   */
  static Map<String, JsonNode> configurations(Path directory, Way way) {
    Map<String, JsonNode> configurations = new LinkedHashMap<>();
    files(directory, way)
        .forEach(
            (file, isWanted) -> {
              if (isWanted) {
                JsonNode json = read(file);
                configurations.put(json.path("name").asText(), json.path("config"));
              }
            });
    return configurations;
  }

  /** Those that were deployed, by their names. */
  Map<String, JsonNode> deployed() {
    return Map.copyOf(wanted);
  }

  /** The names of those that Connect did not have in that configuration, and so has started. */
  Set<String> changed() {
    return Set.copyOf(changed);
  }

  /** Each file with whether the way needs its connector. */
  private static Map<Path, Boolean> files(Path directory, Way way) {
    Map<Path, Boolean> all = new LinkedHashMap<>();
    for (Path file : files(directory)) {
      all.put(file, way.hasTables() || !file.endsWith(TABLE_SINK));
    }
    Path streamed = directory.resolve(STREAMED);
    for (Path file : Files.isDirectory(streamed) ? files(streamed) : List.<Path>of()) {
      all.put(file, way.hasTopics());
    }
    return all;
  }

  private static List<Path> files(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new StackException("cannot list the connectors in " + directory, e);
    }
  }

  private static JsonNode read(Path file) {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new StackException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
    if (json.path("name").asText().isEmpty() || !json.path("config").isObject()) {
      throw new StackException("%s: expected {\"name\": …, \"config\": {…}}".formatted(file));
    }
    return json;
  }

  private void deploy(Path file, boolean isWanted) {
    JsonNode json = read(file);
    String name = json.path("name").asText();
    JsonNode config = json.path("config");
    try {
      Optional<JsonNode> present = connect.configuration(name);
      if (!isWanted) {
        if (present.isPresent()) {
          connect.delete(name);
        }
        return;
      }
      if (!present.map(other -> sameSettings(config, other)).orElse(false)) {
        connect.put(name, config);
        changed.add(name);
      }
      wanted.put(name, config);
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
