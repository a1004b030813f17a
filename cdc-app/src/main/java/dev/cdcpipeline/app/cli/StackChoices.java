package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.app.stack.Way;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What commands that start an embedded stack let one choose about it. */
final class StackChoices {

  @Option(
      names = "--way",
      paramLabel = "WAY",
      defaultValue = "table",
      description = {
        "table: mirrors and results by the transactional sink; topics: result topics by Kafka"
            + " Streams, sunk into schema streamed; both (default: ${DEFAULT-VALUE})"
      })
  private Way way;

  @Option(
      names = "--registry",
      paramLabel = "URL",
      description =
          "use a schema registry that runs elsewhere instead of starting one: the address of its"
              + " Confluent API, for example http://localhost:8081. Always the same one for one"
              + " data directory. Its compatibility level is left as it is. One with a password is"
              + " better given as env:NAME or file:PATH, for everybody can read a command line")
  private String registry;

  @Option(
      names = "--plugins",
      paramLabel = "DIR",
      description =
          "further plugins for the Connect worker: a directory or archive in DIR for each, for"
              + " example DIR/kafka-connect-jdbc with its jars")
  private Path plugins;

  Way way() {
    return way;
  }

  /**
   * Looks at what was given, before anything is started.
   *
   * @throws CommandException the registry's address is none, or there is no such directory
   */
  void check() {
    registryUrl();
    pluginDirectory();
  }

  /** The options with what was chosen; {@link #check} found it good. */
  StackOptions apply(StackOptions options) {
    return options.withWay(way).withRegistry(registryUrl()).withPlugins(pluginDirectory());
  }

  /** The options as words of a command line. */
  List<String> words() {
    List<String> words = new ArrayList<>(List.of("--way", way.name()));
    if (registry != null) {
      words.addAll(List.of("--registry", registry));
    }
    if (plugins != null) {
      words.addAll(List.of("--plugins", pluginDirectory().toString()));
    }
    return words;
  }

  private String registryUrl() {
    if (registry == null) {
      return null;
    }
    String url = PipelineOptions.resolved("--registry", registry).replaceFirst("/+$", "");
    try {
      URI uri = new URI(url);
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return url;
      }
    } catch (URISyntaxException e) {
      // its text would have the credentials
    }
    throw new CommandException(
        "--registry must be an address like http://localhost:8081, was '"
            + url.replaceFirst("(?s).*@", "")
            + "'");
  }

  private Path pluginDirectory() {
    if (plugins != null && !Files.isDirectory(plugins)) {
      throw new CommandException(
          "--plugins must be a directory, and there is none at " + plugins.toAbsolutePath());
    }
    return plugins == null ? null : plugins.toAbsolutePath().normalize();
  }
}
