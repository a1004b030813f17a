package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where things are kept that every stack of this user can share and that can be made again. */
final class CacheDirectory {
  private CacheDirectory() {}

  /**
   * The directory {@code cdc-pipeline} in the user's cache, or in the system's temporary directory
   * if that can't be written.
   */
  static Path find() {
    String named = System.getenv("XDG_CACHE_HOME");
    Path users =
        named == null || named.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(named);
    Path cache = users.toAbsolutePath().resolve("cdc-pipeline");
    try {
      Files.createDirectories(cache);
      if (Files.isWritable(cache)) {
        return cache;
      }
    } catch (IOException e) {
      // a user without a home: fall through to the temporary directory
    }
    Path temporary =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "cdc-pipeline-" + System.getProperty("user.name"));
    try {
      return Files.createDirectories(temporary);
    } catch (IOException e) {
      throw new StackException("can write neither %s nor %s".formatted(cache, temporary), e);
    }
  }
}
