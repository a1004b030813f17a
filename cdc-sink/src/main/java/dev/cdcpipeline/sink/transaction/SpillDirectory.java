package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.PartitionId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The directory of one assembler's spilled changes; what an earlier assembler left is deleted. */
final class SpillDirectory {
  private static final String SUFFIX = ".spill";

  private final Path directory;
  private long created;
  private long bytes;

  SpillDirectory(Path directory) {
    this.directory = directory;
    deleteAll();
  }

  /** An empty file for the changes that one transaction has in one partition. */
  SpilledRun create(long transactionId, PartitionId partition) {
    try {
      Files.createDirectories(directory);
      Path file = directory.resolve(transactionId + "-" + created++ + SUFFIX);
      return new SpilledRun(this, file, partition);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot spill transaction "
              + transactionId
              + " into "
              + directory
              + "; check that the directory can be written and has space",
          e);
    }
  }

  void wrote(long count) {
    bytes += count;
  }

  void deleted(long count) {
    bytes -= count;
  }

  /** Bytes on disk now. */
  long bytes() {
    return bytes;
  }

  void deleteAll() {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot delete spilled changes in " + directory + "; delete them by hand", e);
    }
    bytes = 0;
  }
}
