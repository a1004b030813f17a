package dev.cdcpipeline.app.stack;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The command line of a child JVM: the same Java that runs the launcher, small heap, quick start.
 */
final class JavaCommand {
  private final List<String> words = new ArrayList<>();

  /** Begins with the mark by which the process is found again. */
  JavaCommand(Service service, Path root) {
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.add("-D" + ServerProcesses.mark(service, root));
    words.add("-XX:+UseSerialGC");
    words.add("-Xshare:auto");
    words.add("-XX:-UsePerfData");
    words.add("-Djava.awt.headless=true");
  }

  /**
   * Leaves out the thorough compiler, which competes with the start of everything else for the
   * processor.
   */
  JavaCommand quickStart(boolean quick) {
    return quick ? with("-XX:TieredStopAtLevel=1") : this;
  }

  JavaCommand with(String... options) {
    return with(List.of(options));
  }

  JavaCommand with(List<String> options) {
    words.addAll(options);
    return this;
  }

  JavaCommand classPath(List<Path> jars) {
    return with(
        "-cp", jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
  }

  List<String> words() {
    return words;
  }
}
