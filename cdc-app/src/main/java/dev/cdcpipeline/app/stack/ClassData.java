package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The classes of a server as its JVM laid them out in an earlier run; mapped into memory, they save
 * a third of its start.
 *
 * <p>The first run of a server writes the archive when it ends in an orderly way. The archive's
 * name changes with the jars and the JVM, so that an outdated one is never looked at.
 */
final class ClassData {
  /** How long a server may take to stop when it writes its archive. */
  static final Duration STOP_LIMIT = Duration.ofSeconds(90);

  /** Archives of one server: of this build, and of a few others on the same machine. */
  static final int KEPT = 4;

  private final Path archive;
  private final Path fresh;

  private ClassData(Path archive) {
    this.archive = archive;
    this.fresh =
        archive.resolveSibling(
            archive.getFileName() + "." + ProcessHandle.current().pid() + ".new");
  }

  /** The archive for a server that runs on these jars. */
  static ClassData of(Service service, List<Path> jars, Path cache) {
    CRC32 sum = new CRC32();
    add(sum, System.getProperty("java.home") + System.getProperty("java.vm.version"));
    for (Path jar : jars) {
      try {
        add(sum, jar + " " + Files.size(jar) + " " + Files.getLastModifiedTime(jar));
      } catch (IOException e) {
        throw new StackException("cannot read " + jar, e);
      }
    }
    String name =
        "classes-" + service.id() + "-" + HexFormat.of().toHexDigits((int) sum.getValue()) + ".jsa";
    return new ClassData(cache.resolve(name));
  }

  /** Deletes what jars of other builds have left, but for the few that were used last. */
  private void forgetOld() throws IOException {
    String name = archive.getFileName().toString();
    String service = name.substring(0, name.lastIndexOf('-') + 1);
    Map<Path, FileTime> used = new HashMap<>();
    try (DirectoryStream<Path> archives =
        Files.newDirectoryStream(archive.getParent(), service + "*")) {
      for (Path other : archives) {
        used.put(other, Files.getLastModifiedTime(other));
      }
    }
    List<Path> oldestLast =
        used.entrySet().stream()
            .sorted(Map.Entry.<Path, FileTime>comparingByValue().reversed())
            .map(Map.Entry::getKey)
            .toList();
    // a server that has one mapped keeps it until it ends
    for (Path other : oldestLast.subList(Math.min(KEPT, oldestLast.size()), oldestLast.size())) {
      Files.deleteIfExists(other);
    }
  }

  private static void add(CRC32 sum, String text) {
    sum.update(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The JVM options that use the archive, or make it if there is none. */
  List<String> options() {
    touch();
    return Files.exists(archive)
        ? List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off")
        : List.of("-XX:ArchiveClassesAtExit=" + fresh, "-Xlog:cds=off", "-Xlog:cds+dynamic=off");
  }

  /** Notes that it is in use. */
  private void touch() {
    try {
      if (Files.exists(archive)) {
        Files.setLastModifiedTime(archive, FileTime.from(Instant.now()));
      }
    } catch (IOException e) {
      // it will be taken for one that nobody uses, and made again
      return;
    }
  }

  /** Whether a run is to write the archive. */
  boolean isMissing() {
    return !Files.exists(archive);
  }

  /**
   * Keeps what a run has written.
   *
   * @param orderly whether the JVM ended by itself; what a killed one wrote may be half of it
   */
  void keep(boolean orderly) {
    try {
      if (orderly && Files.exists(fresh)) {
        Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE);
        forgetOld();
      } else {
        Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      // an archive saves time, nothing else: without it the next start is slower
      fresh.toFile().delete();
    }
  }
}
