package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.Distribution;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where a command reads files that it was not told the place of. What it reads it carries out, so
 * it says on its error output which directory that is: the current one may be somebody else's.
 */
final class DeploymentFiles {
  private static final Path INFRA = Path.of("infra");

  private DeploymentFiles() {}

  /** The results' files: the directory named, else {@code infra/results}. */
  static Path results(Path named, CommandSpec command) {
    return named != null ? named : found(Path.of("results"), "--results", command);
  }

  /** The connectors' files: the directory named, else {@code infra/connectors}. */
  static Path connectors(Path named, CommandSpec command) {
    return named != null ? named : found(Path.of("connectors"), "--connectors", command);
  }

  /** The topics' file: the one named, else {@code infra/topics.json}. */
  static Path topics(Path named, CommandSpec command) {
    return named != null ? named : found(Path.of("topics.json"), "--topics", command);
  }

  /** In {@code infra} of the working directory, else in that of this program. */
  private static Path found(Path file, String option, CommandSpec command) {
    Path working = INFRA.resolve(file);
    boolean here = Files.exists(working);
    Path found = here ? working : Distribution.locate().infra().resolve(file);
    command
        .commandLine()
        .getErr()
        .printf(
            "reading %s of %s; %s names another%n",
            found.toAbsolutePath().normalize(),
            here ? "the current directory" : "this program",
            option);
    return found;
  }
}
