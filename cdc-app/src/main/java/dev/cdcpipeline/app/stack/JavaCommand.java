package dev.cdcpipeline.app.stack;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The command line of a child JVM: the same Java that runs the launcher, small heap, quick start.
 */
final class JavaCommand {
  private final DataDirectory data;
  private final List<Path> jars;
  private final ClassData classData;
  private final List<String> words = new ArrayList<>();

  /** Begins with the mark by which the process is found again. */
  JavaCommand(Service service, DataDirectory data, List<Path> jars) {
    this.data = data;
    this.jars = jars;
    this.classData = ClassData.of(service, jars, CacheDirectory.find());
    words.add(java());
    words.add("-D" + ServerProcesses.mark(service, data.root()));
    words.add("-XX:+UseSerialGC");
    words.add("-Xshare:auto");
    words.add("-XX:-UsePerfData");
    words.add("-Djava.awt.headless=true");
    words.addAll(classData.options());
  }

  /** The program that runs this process. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /**
   * Leaves out the thorough compiler, which competes with the start of everything else for the
   * processor.
   */
  JavaCommand quickStart(boolean quick) {
    return quick ? with("-XX:TieredStopAtLevel=1") : this;
  }

  JavaCommand with(String... options) {
    words.addAll(List.of(options));
    return this;
  }

  /** Runs a class of the jars. */
  JavaCommand main(String name, Path argument) {
    String classPath =
        jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    return with("-cp", classPath, name, argument.toString());
  }

  /** The command, run in the data directory. */
  Launch launch(Map<String, String> environment) {
    return new Launch(words, environment, data.root(), Optional.of(classData));
  }
}
