package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command line of a child JVM: the same Java that runs the launcher, small heap, quick start.
 */
final class JavaCommand {
  private final List<String> words = new ArrayList<>();

  /** Begins with the mark by which the process is found again. */
  JavaCommand(Service service, Path root) {
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.add("-D" + Leftovers.mark(service, root));
    words.add("-XX:+UseSerialGC");
    words.add("-Xshare:auto");
    words.add("-XX:-UsePerfData");
    words.add("-Djava.awt.headless=true");
  }

  JavaCommand with(String... options) {
    words.addAll(List.of(options));
    return this;
  }

  List<String> words() {
    return words;
  }
}
