package dev.cdcpipeline.app.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Brings the connectors of a directory of {@code {"name": …, "config": {…}}} files to a Connect
 * cluster.
 */
public final class ConnectorDeployer {
  private final ConnectClient connect;

  public ConnectorDeployer(ConnectClient connect) {
    this.connect = connect;
  }

  /**
   * Puts the configuration of each file's connector, unless the cluster has that very one: putting
   * it again would restart the connector.
   *
   * @return the connectors' names
   * @throws StackException if a file can't be read or Connect refuses it; those before it have been
   *     put
   */
  public List<String> deploy(Path directory) {
    List<Path> files;
    try (Stream<Path> entries = Files.list(directory)) {
      files = entries.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new StackException("cannot list the connectors in " + directory, e);
    }
    return files.stream().map(this::deployFile).toList();
  }

  private String deployFile(Path file) {
    try {
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      String name = json.path("name").asText();
      JsonNode config = json.path("config");
      if (name.isEmpty() || !config.isObject()) {
        throw new StackException("%s: expected {\"name\": …, \"config\": {…}}".formatted(file));
      }
      Optional<JsonNode> present = connect.configuration(name);
      if (!present.map(other -> sameSettings(config, other)).orElse(false)) {
        connect.put(name, config);
      }
      return name;
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
