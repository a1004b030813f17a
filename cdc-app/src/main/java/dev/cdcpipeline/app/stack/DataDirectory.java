package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Properties;
import java.util.Set;

/**
 * The directory that holds all a stack keeps. Locked by one launcher at a time; readable by its
 * owner only.
 */
final class DataDirectory implements AutoCloseable {
  private static final String OWNER_ONLY = "rw-------";
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private final Path root;
  private final RandomAccessFile lockFile;
  private final FileLock lock;

  private DataDirectory(Path root, RandomAccessFile lockFile, FileLock lock) {
    this.root = root;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Makes the directory if it is missing, closes it to others and takes its lock.
   *
   * @throws StackException if another launcher has it, or it can't be written
   */
  static DataDirectory open(Path root) {
    try {
      shut(root);
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

  /**
   * Makes a data directory and those in it that hold logs and files with passwords, or closes those
   * that are there to others.
   *
   * @throws IOException if it can't be made or isn't this user's
   */
  private static void shut(Path root) throws IOException {
    Files.createDirectories(root.toAbsolutePath().getParent());
    if (!Files.isDirectory(root) || isOurs(root)) {
      ownerOnly(root);
    } else if (Files.getPosixFilePermissions(root).contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new StackException(
          "%s holds other things and anybody may write there; take a directory of its own"
              .formatted(root));
    }
    for (Service service : Service.values()) {
      Path directory = root.resolve(service.id());
      if (Files.isDirectory(directory)) {
        Files.setPosixFilePermissions(directory, PRIVATE);
      }
    }
    // those of the databases are initdb's to make
    for (Service service : List.of(Service.BROKER, Service.REGISTRY, Service.STREAMS)) {
      ownerOnly(root.resolve(service.id()));
    }
    ownerOnly(root.resolve("run"));
    ownerOnly(root.resolve("logs"));
    try (DirectoryStream<Path> logs = Files.newDirectoryStream(root.resolve("logs"))) {
      for (Path log : logs) {
        Files.setPosixFilePermissions(log, PosixFilePermissions.fromString(OWNER_ONLY));
      }
    }
  }

  /** Whether a launcher has used it before, or nobody has used it for anything. */
  private static boolean isOurs(Path root) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      return Files.exists(root.resolve("lock")) || !entries.iterator().hasNext();
    }
  }

  private static void ownerOnly(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      Files.setPosixFilePermissions(directory, PRIVATE);
    } else {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    }
  }

  /**
   * The file in a data directory that holds what a launcher in the background says, made if it is
   * missing and readable by its owner only.
   *
   * @throws StackException if it can't be made
   */
  static Path launcherLog(Path root) {
    Path log = root.resolve("logs").resolve("up.log");
    try {
      shut(root);
      makeLog(log);
      return log;
    } catch (IOException e) {
      throw new StackException("cannot use the data directory %s: %s".formatted(root, e), e);
    }
  }

  /** Makes a log that others can't read; leaves one that is there as it is. */
  static void makeLog(Path log) throws IOException {
    if (!Files.exists(log)) {
      Files.createFile(
          log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
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
    StringWriter text = new StringWriter();
    try {
      properties.store(text, null);
    } catch (IOException e) {
      throw new UncheckedIOException("a text in memory can be written", e);
    }
    store(file, text.toString());
  }

  /** Replaces a file in one step, readable by the owner only. */
  static void store(Path file, String text) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
      Files.writeString(fresh, text);
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
