package dev.cdcpipeline.app.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a demo keeps its data: a directory that the user named and keeps, or a temporary one that
 * goes with the demo.
 */
final class DemoDirectory implements AutoCloseable {

  private final Path path;
  private final boolean temporary;

  private DemoDirectory(Path path, boolean temporary) {
    this.path = path;
    this.temporary = temporary;
  }

  /**
   * @param named null for a temporary one
   */
  static DemoDirectory of(Path named) throws IOException {
    return named == null
        ? new DemoDirectory(Files.createTempDirectory("cdc-demo-"), true)
        : new DemoDirectory(named, false);
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    if (temporary) {
      delete();
    }
  }

  private void delete() {
    try (Stream<Path> files = Files.walk(path)) {
      List<Path> inwardsOut = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : inwardsOut) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      // Somebody else was faster.
      return;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path, e);
    }
  }
}
