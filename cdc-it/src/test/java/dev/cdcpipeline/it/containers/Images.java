package dev.cdcpipeline.it.containers;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.testcontainers.utility.DockerImageName;

/**
 * Which images the containers are made of: the variables of {@code compose.yaml}.
 *
 * <p>The environment wins; then the file that the variable {@code CDC_IMAGES} names, or else the
 * one that {@code infra/images/build-local.sh} has written; then {@code infra/.env.example}.
 */
final class Images {
  /** Names a file of {@code CDC_…_IMAGE=name} lines. */
  static final String FILE_VARIABLE = "CDC_IMAGES";

  /** From a module's directory, where tests run, and from the root. */
  private static final List<Path> LOCAL =
      List.of(Path.of("../infra/images/local.env"), Path.of("infra/images/local.env"));

  private final Map<String, String> environment;
  private final Properties chosen;
  private final Properties published;

  private Images(Map<String, String> environment, Properties chosen, Properties published) {
    this.environment = environment;
    this.chosen = chosen;
    this.published = published;
  }

  /** Reads the files. */
  static Images find(Path infra, Map<String, String> environment) {
    String named = environment.get(FILE_VARIABLE);
    Properties chosen = new Properties();
    if (named != null) {
      chosen = load(Path.of(named));
    } else {
      for (Path local : LOCAL) {
        if (chosen.isEmpty() && Files.isReadable(local)) {
          chosen = load(local);
        }
      }
    }
    return new Images(environment, chosen, load(infra.resolve(".env.example")));
  }

  private static Properties load(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
      return properties;
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot read the images' names from %s: %s".formatted(file.toAbsolutePath(), e), e);
    }
  }

  /** PostgreSQL for both databases. */
  DockerImageName postgres() {
    return name("POSTGRES").asCompatibleSubstituteFor("postgres");
  }

  /** The broker. */
  DockerImageName kafka() {
    return name("KAFKA").asCompatibleSubstituteFor("apache/kafka");
  }

  DockerImageName registry() {
    return name("REGISTRY");
  }

  DockerImageName connect() {
    return name("CONNECT");
  }

  DockerImageName application() {
    return name("APPLICATION");
  }

  /** Those that no public registry has. */
  List<DockerImageName> ours() {
    return List.of(registry(), connect(), application());
  }

  private DockerImageName name(String piece) {
    String variable = "CDC_" + piece + "_IMAGE";
    String name =
        environment.getOrDefault(
            variable, chosen.getProperty(variable, published.getProperty(variable)));
    if (name == null) {
      throw new IllegalStateException("no image is named by " + variable);
    }
    return DockerImageName.parse(name);
  }
}
