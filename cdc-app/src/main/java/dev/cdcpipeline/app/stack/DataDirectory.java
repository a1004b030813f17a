package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;

/**
 * The directory that holds all a stack keeps. Locked by one launcher at a time; readable by its
 * owner only.
 */
final class DataDirectory implements AutoCloseable {
  private static final String OWNER_ONLY = "rw-------";

  private final Path root;
  private final RandomAccessFile lockFile;
  private final FileLock lock;

  private DataDirectory(Path root, RandomAccessFile lockFile, FileLock lock) {
    this.root = root;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Makes the directory if it is missing and takes its lock.
   *
   * @throws StackException if another launcher has it, or it can't be written
   */
  static DataDirectory open(Path root) {
    try {
      Files.createDirectories(root.getParent());
      if (!Files.isDirectory(root)) {
        Files.createDirectory(
            root,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      Files.createDirectories(root.resolve("logs"));
      Files.createDirectories(root.resolve("run"));
      RandomAccessFile file = new RandomAccessFile(root.resolve("lock").toFile(), "rw");
      FileLock lock;
      try {
        lock = file.getChannel().tryLock();
      } catch (OverlappingFileLockException e) {
        lock = null;
      }
      if (lock == null) {
        String owner = file.readLine();
        file.close();
        throw new StackException(
            "the data directory %s is in use by process %s; stop that one (./cdc down --data %s) or take another directory"
                .formatted(root, owner, root));
      }
      file.setLength(0);
      file.write((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII));
      return new DataDirectory(root, file, lock);
    } catch (IOException e) {
      throw new StackException("cannot use the data directory %s: %s".formatted(root, e), e);
    }
  }

  Path root() {
    return root;
  }

  /** Whether the user who runs this is root. */
  boolean isOwnedByRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(root.resolve("lock"), "unix:uid"));
    } catch (IOException e) {
      throw new StackException("cannot read the owner of " + root, e);
    }
  }

  Path of(Service service) {
    return root.resolve(service.id());
  }

  Path log(Service service) {
    return root.resolve("logs").resolve(service.id() + ".log");
  }

  Path run(String name) {
    return root.resolve("run").resolve(name);
  }

  Path file(String name) {
    return root.resolve(name);
  }

  /** Replaces a properties file in one step, readable by the owner only. */
  static void store(Path file, Properties properties) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
      try (var writer = Files.newBufferedWriter(fresh)) {
        properties.store(writer, null);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new StackException("cannot write %s: %s".formatted(file, e), e);
    }
  }

  /** Reads a properties file; a missing one is an error. */
  static Properties load(Path file) {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException e) {
      throw new StackException("cannot read %s: %s".formatted(file, e), e);
    }
    return properties;
  }

  @Override
  public void close() {
    try {
      lock.release();
      lockFile.close();
    } catch (IOException e) {
      throw new StackException("cannot release the lock of " + root, e);
    }
  }
}
