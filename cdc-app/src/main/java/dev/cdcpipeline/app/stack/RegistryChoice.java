package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Which registry the topics of a data directory were written with. The ids in their records mean
 * nothing to another one, so a stack is not started with another.
 */
final class RegistryChoice {
  private static final String FILE = "registry.properties";
  private static final String URL = "url";

  /** In the file, the stack's own registry, whose port changes. */
  private static final String OWN = "own";

  private final DataDirectory data;

  RegistryChoice(DataDirectory data) {
    this.data = data;
  }

  /**
   * Notes the choice at the first start, and compares it at every later one.
   *
   * @param url base URL of the Confluent API of a registry elsewhere; null for the stack's own
   * @throws StackException the directory has another one, or the one elsewhere does not answer
   */
  void check(String url) {
    String wanted = url == null ? OWN : url;
    String noted = noted();
    if (noted != null && !noted.equals(wanted)) {
      throw new StackException(
          "the topics in %s were written with %s, and %s does not know their schemas; %s, or take another data directory"
              .formatted(
                  data.root(),
                  noted.equals(OWN)
                      ? "the stack's own registry"
                      : "the registry at " + HttpAddress.of(noted),
                  url == null ? "the stack's own registry" : "that at " + HttpAddress.of(url),
                  noted.equals(OWN)
                      ? "leave out --registry"
                      : "start with --registry %s (if it has moved, write its new address into %s)"
                          .formatted(HttpAddress.of(noted), data.file(FILE))));
    }
    if (url != null) {
      requireAnswer(url);
    }
    if (noted == null) {
      Properties properties = new Properties();
      properties.setProperty(URL, wanted);
      DataDirectory.store(data.file(FILE), properties);
    }
  }

  /** Null for a directory that is new. */
  private String noted() {
    if (Files.isReadable(data.file(FILE))) {
      return DataDirectory.load(data.file(FILE)).getProperty(URL, OWN);
    }
    // a directory that was used before there was a choice
    return hasRegistrysData() ? OWN : null;
  }

  /** An open data directory always has a directory for the registry; a new one's is empty. */
  private boolean hasRegistrysData() {
    Path registry = data.of(Service.REGISTRY);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(registry)) {
      return files.iterator().hasNext();
    } catch (IOException e) {
      throw new StackException("cannot look into %s: %s".formatted(registry, e), e);
    }
  }

  private static void requireAnswer(String url) {
    HttpAddress address = HttpAddress.of(url);
    try {
      HttpCall.Reply reply = new HttpCall().send("GET", address, "/subjects", null);
      if (!reply.isOk()) {
        throw new StackException(
            "the schema registry at %s answers %d to GET /subjects: %s; check --registry, which is the address with the path of the Confluent API, if any"
                .formatted(address, reply.status(), reply.body()));
      }
    } catch (IOException e) {
      throw new StackException(
          "the schema registry at %s does not answer: %s; start it, or check --registry"
              .formatted(address, e.getMessage()),
          e);
    }
  }
}
