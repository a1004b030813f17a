package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A command with what belongs to it.
 *
 * @param command program and arguments; never a secret, everyone can read them
 * @param environment variables added to the launcher's own
 * @param directory where it runs
 */
record Launch(List<String> command, Map<String, String> environment, Path directory) {
  Launch {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }

  /** The command alone: the environment has passwords. */
  @Override
  public String toString() {
    return String.join(" ", command);
  }
}
