package dev.cdcpipeline.app.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.HttpAddress;
import dev.cdcpipeline.app.stack.SourceConnectors;
import dev.cdcpipeline.app.stack.StackException;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.MirrorSchema;
import dev.cdcpipeline.sink.postgres.SchemaEvolution;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The connectors of a pipeline, as far as a change of a table concerns them. */
public final class Deployed {
  private static final String SINK = "dev.cdcpipeline.sink.connect.PostgresSinkConnector";
  private static final String NO_RULE = "NONE";
  private static final String APICURIO_CONFLUENT = "/apis/ccompat/";
  private static final String APICURIO_ARTIFACTS = "/apis/registry/v2/groups/default/artifacts/";
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Connector(String name, JsonNode config) {
    String get(String key, String otherwise) {
      return config.path(key).asText(otherwise);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * A sink that mirrors a table.
   *
   * @param name the connector's
   * @param mirror the table at the target
   * @param evolution what it may do to it
   */
  public record Sink(String name, TableId mirror, SchemaEvolution evolution) {}

  private final List<Connector> connectors;

  private Deployed(List<Connector> connectors) {
    this.connectors = connectors;
  }

  /**
   * The connectors that Connect has, or those of a directory where it is not known.
   *
   * @throws StackException Connect is known and does not answer, or a file can't be read
   */
  public static Deployed read(Optional<HttpAddress> address, Path directory) {
    try {
      return new Deployed(address.isPresent() ? running(address.get()) : files(directory));
    } catch (IOException e) {
      throw new StackException("cannot read the connectors: " + e.getMessage(), e);
    }
  }

  private static List<Connector> running(HttpAddress address) throws IOException {
    ConnectClient connect = new ConnectClient(address);
    List<Connector> found = new ArrayList<>();
    for (ConnectClient.Status status : connect.statuses()) {
      connect
          .configuration(status.name())
          .ifPresent(config -> found.add(new Connector(status.name(), config)));
    }
    return found;
  }

  private static List<Connector> files(Path directory) throws IOException {
    List<Path> paths;
    try (Stream<Path> entries = Files.list(directory)) {
      paths = entries.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    List<Connector> found = new ArrayList<>();
    for (Path path : paths) {
      JsonNode json = JSON.readTree(path.toFile());
      found.add(new Connector(json.path("name").asText(), json.path("config")));
    }
    return found;
  }

  /** The change topic of a source table; empty if no connector captures it. */
  public Optional<String> topic(TableId source) {
    String table = source.schema() + "." + source.name();
    return connectors.stream()
        .filter(c -> SourceConnectors.isOne(c.config()))
        .filter(c -> SourceConnectors.captures(c.config(), table))
        .map(c -> c.get("topic.prefix", "") + "." + table)
        .findFirst();
  }

  /**
   * The sinks that mirror a source table.
   *
   * @param topic its change topic
   */
  public List<Sink> sinks(TableId source, String topic) {
    List<Sink> sinks = new ArrayList<>();
    for (Connector connector : connectors) {
      String mode = connector.get("mode", "transactional");
      boolean mirrors = mode.equals("transactional") || mode.equals("mirror");
      if (connector.get("connector.class", "").equals(SINK) && mirrors && reads(connector, topic)) {
        sinks.add(
            new Sink(
                connector.name(),
                mirror(connector, source, topic),
                SchemaEvolution.valueOf(
                    connector.get("schema.evolution", "evolve").toUpperCase(Locale.ROOT))));
      }
    }
    return sinks;
  }

  private static TableId mirror(Connector connector, TableId source, String topic) {
    String named = connector.get("table." + topic, "");
    int dot = named.indexOf('.');
    return dot > 0
        ? new TableId(named.substring(0, dot), named.substring(dot + 1))
        : MirrorSchema.mirrorOf(source, connector.get("mirror.schema", "mirror"));
  }

  private static boolean reads(Connector connector, String topic) {
    String regex = connector.get("topics.regex", "");
    return Stream.of(connector.get("topics", "").split(","))
            .map(String::strip)
            .anyMatch(topic::equals)
        || (!regex.isEmpty() && topic.matches(regex));
  }

  /** Schema of the mirrors that results read. */
  public Optional<String> resultsMirrorSchema() {
    return transactional().map(c -> c.get("mirror.schema", "mirror"));
  }

  /** Schema of the results. */
  public Optional<String> resultSchema() {
    return transactional().map(c -> c.get("result.schema", "analytics"));
  }

  private Optional<Connector> transactional() {
    return connectors.stream()
        .filter(c -> c.get("connector.class", "").equals(SINK))
        .filter(c -> c.get("mode", "transactional").equals("transactional"))
        .findFirst();
  }

  /**
   * A subject's compatibility, its own or the registry's.
   *
   * @param registry its Confluent API
   * @return empty if the registry says neither
   * @throws IOException it does not answer
   */
  public static Optional<String> compatibility(HttpAddress registry, String subject)
      throws IOException {
    Optional<String> own = level(registry, "/config/" + subject);
    if (own.isPresent() && !(own.get().equals(NO_RULE) && isApicurioWithout(registry, subject))) {
      return own;
    }
    return level(registry, "/config");
  }

  /** Apicurio's Confluent API says NONE of a subject that has no rule; its own API tells. */
  private static boolean isApicurioWithout(HttpAddress registry, String subject)
      throws IOException {
    int api = registry.url().indexOf(APICURIO_CONFLUENT);
    return api >= 0
        && get(
                    registry.at(registry.url().substring(0, api)),
                    APICURIO_ARTIFACTS + subject + "/rules/COMPATIBILITY")
                .statusCode()
            == HttpURLConnection.HTTP_NOT_FOUND;
  }

  private static Optional<String> level(HttpAddress registry, String path) throws IOException {
    HttpResponse<String> response = get(registry, path);
    String level = JSON.readTree(response.body()).path("compatibilityLevel").asText("");
    return response.statusCode() == HttpURLConnection.HTTP_OK && !level.isEmpty()
        ? Optional.of(level)
        : Optional.empty();
  }

  private static HttpResponse<String> get(HttpAddress registry, String path) throws IOException {
    try {
      return registry
          .client(TIMEOUT)
          .send(
              registry.request(path).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the registry was asked", e);
    }
  }
}
