package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The unpacked distribution: everything the child processes run on, and the deployment files.
 *
 * @param home the directory that holds {@code lib}, {@code kafka}, {@code plugins}, {@code
 *     registry} and {@code infra}
 */
public record Distribution(Path home) {
  /** The system property that names the distribution's directory; {@code bin/cdc} sets it. */
  public static final String HOME_PROPERTY = "cdc.home";

  /** Checks that the directory is a distribution. */
  public Distribution {
    home = home.toAbsolutePath().normalize();
    for (String part : List.of("lib", "kafka", "plugins", "registry", "infra")) {
      if (!Files.isDirectory(home.resolve(part))) {
        throw new StackException(
            "%s is not a distribution of the pipeline: it has no directory %s; build one with `mvn -Dquick -DskipTests package`"
                .formatted(home, part));
      }
    }
  }

  /**
   * Finds the distribution this code belongs to: the one named by {@value #HOME_PROPERTY}, the one
   * whose {@code lib} holds this class's jar, or the one that the build has made beside this
   * class's directory.
   *
   * @throws StackException if there is none
   */
  public static Distribution locate() {
    String named = System.getProperty(HOME_PROPERTY);
    if (named != null) {
      return new Distribution(Path.of(named));
    }
    Path code = codeLocation();
    Path parent = code.getParent();
    if (Files.isRegularFile(code) && parent.endsWith("lib")) {
      return new Distribution(parent.getParent());
    }
    // target/classes or target/cdc-app-….jar: the build's own
    Path built = parent.resolve("dist");
    if (Files.isDirectory(built)) {
      try (Stream<Path> versions = Files.list(built)) {
        Path first = versions.filter(Files::isDirectory).sorted().findFirst().orElse(built);
        return new Distribution(first);
      } catch (IOException e) {
        throw new StackException("cannot list " + built + ": " + e.getMessage(), e);
      }
    }
    throw new StackException(
        "no distribution found beside %s; build one with `mvn -Dquick -DskipTests -pl cdc-app -am package` or name one with -D%s=DIR"
            .formatted(code, HOME_PROPERTY));
  }

  private static Path codeLocation() {
    URI uri;
    try {
      uri = Distribution.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    } catch (URISyntaxException e) {
      throw new StackException("cannot tell where the application's code is", e);
    }
    return Path.of(uri);
  }

  /** The deployment files that the embedded stack shares with the containers. */
  public Path infra() {
    return home.resolve("infra");
  }

  /** The result definitions. */
  public Path results() {
    return infra().resolve("results");
  }

  Path plugins() {
    return home.resolve("plugins");
  }

  Path registryJar() {
    return onlyFile(home.resolve("registry"), "-runner.jar");
  }

  Path postgresArchive() {
    return onlyFile(home.resolve("postgresql"), ".jar");
  }

  Path logConfiguration() {
    return home.resolve("conf/log4j2.properties");
  }

  /** The class path of a broker or a Connect worker, always in the same order. */
  List<Path> kafkaJars() {
    return jars(home.resolve("kafka"));
  }

  /** The class path of the cdc command and of the Streams application. */
  public List<Path> appJars() {
    return jars(home.resolve("lib"));
  }

  private static List<Path> jars(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new StackException("cannot list " + directory + ": " + e.getMessage(), e);
    }
  }

  private static Path onlyFile(Path directory, String suffix) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .findFirst()
          .orElseThrow(
              () ->
                  new StackException(
                      "no *%s in %s; build the distribution again".formatted(suffix, directory)));
    } catch (IOException e) {
      throw new StackException("cannot list " + directory + ": " + e.getMessage(), e);
    }
  }
}
