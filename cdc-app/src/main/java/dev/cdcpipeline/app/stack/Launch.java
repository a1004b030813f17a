package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A command with what belongs to it.
 *
 * @param command program and arguments; never a secret, everyone can read them
 * @param environment variables added to the launcher's own
 * @param directory where it runs
 * @param classData what the run leaves behind for quicker starts, if it is a JVM
 */
record Launch(
    List<String> command,
    Map<String, String> environment,
    Path directory,
    Optional<ClassData> classData) {
  Launch {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }

  /** Of a program that leaves nothing behind. */
  Launch(List<String> command, Map<String, String> environment, Path directory) {
    this(command, environment, directory, Optional.empty());
  }

  /** The command alone: the environment has passwords. */
  @Override
  public String toString() {
    return String.join(" ", command);
  }
}
