package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.PartitionId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory for the changes that one assembler spills, private to it: it has a random name, only
 * its user may enter it (where the file system knows that), and a lock in it is held as long as the
 * process lives. It is made with the first file.
 *
 * <p>What processes left behind that died is deleted; they are known by locks that nobody holds.
 */
final class SpillDirectory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpillDirectory.class);
  private static final String PREFIX = "cdc-sink-";
  private static final String SUFFIX = ".spill";
  private static final String LOCK = "lock";
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * Names this process, also for other class loaders in it. To close a lock file gives up every
   * lock that the process has on it, so that a process must not look at its own.
   */
  private static final String PROCESS =
      (String)
          System.getProperties()
              .computeIfAbsent("dev.cdcpipeline.sink.spill.process", key -> token(8));

  private final Path parent;
  private final String owner;
  private Path directory;
  private FileChannel lockFile;
  private long created;
  private long bytes;

  /**
   * A directory that is not made yet. Deletes what dead processes left in the parent.
   *
   * @param parent where to make it
   * @param owner whose changes are spilled: written into each file and compared when it is read
   */
  SpillDirectory(Path parent, String owner) {
    this.parent = parent;
    this.owner = owner;
    sweep();
  }

  /** An empty file for changes that one transaction has in one partition. */
  SpilledRun create(TransactionIdentity transaction, PartitionId partition) {
    try {
      if (directory == null) {
        make();
      }
      Path file = directory.resolve(transaction.xid() + "-" + created++ + SUFFIX);
      return new SpilledRun(this, file, new SpillHeader(owner, transaction, partition, token(16)));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot spill transaction "
              + transaction.xid()
              + " into "
              + (directory == null ? parent : directory)
              + "; check that the directory can be written and has space",
          e);
    }
  }

  // It gets its name once the lock is held, so that nobody ever sees it without.
  private void make() throws IOException {
    Files.createDirectories(parent);
    Path unnamed = Files.createTempDirectory(parent, "." + PREFIX, onlyOwner());
    lockFile =
        FileChannel.open(
            unnamed.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    lockFile.lock();
    directory =
        Files.move(
            unnamed,
            parent.resolve(PREFIX + PROCESS + "-" + token(8)),
            StandardCopyOption.ATOMIC_MOVE);
  }

  private static FileAttribute<?>[] onlyOwner() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        }
        : new FileAttribute<?>[0];
  }

  private static String token(int length) {
    byte[] random = new byte[length];
    RANDOM.nextBytes(random);
    return HexFormat.of().formatHex(random);
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

  private void sweep() {
    if (!Files.isDirectory(parent)) {
      return;
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path left : found) {
        if (!left.getFileName().toString().startsWith(PREFIX + PROCESS)) {
          sweep(left);
        }
      }
    } catch (IOException e) {
      LOG.warn("cannot look for spilled changes that dead processes left in {}", parent, e);
    }
  }

  private static void sweep(Path left) {
    Path lock = left.resolve(LOCK);
    if (!Files.isDirectory(left, LinkOption.NOFOLLOW_LINKS)
        || !Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)
        || !Files.isWritable(lock)) {
      return;
    }
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock free = channel.tryLock()) {
      if (free != null) {
        LOG.info("deleting spilled changes that a dead process left in {}", left);
        delete(left);
      }
    } catch (IOException e) {
      LOG.warn("cannot delete spilled changes in {}; delete them by hand", left, e);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory.resolve(LOCK));
    Files.deleteIfExists(directory);
  }

  /** Deletes the directory with all that is spilled. */
  @Override
  public void close() {
    if (directory == null) {
      return;
    }
    try {
      delete(directory);
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot delete spilled changes in " + directory + "; delete them by hand", e);
    }
    directory = null;
    bytes = 0;
  }
}
