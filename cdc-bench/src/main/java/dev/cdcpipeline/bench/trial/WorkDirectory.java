package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Directories that a benchmark may fill and empty. */
final class WorkDirectory {
  private WorkDirectory() {}

  /** The directory, empty; what was in it is deleted, what links in it lead to is not. */
  static Path empty(Path directory) throws IOException {
    Directories.delete(directory);
    return Files.createDirectories(directory);
  }
}
