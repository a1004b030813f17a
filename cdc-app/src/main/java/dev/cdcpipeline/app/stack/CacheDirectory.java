package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Set;

/**
 * Where things are kept that every stack of this user can share and that can be made again.
 *
 * <p>Programs in it are run, so it must be the user's own, and nobody else may ever have been able
 * to write there. Where root has it, others may pass through: PostgreSQL's programs are in it, and
 * they don't run as root.
 */
final class CacheDirectory {
  private static final Set<PosixFilePermission> WRITABLE_BY_OTHERS =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private CacheDirectory() {}

  private static final class Found {
    static final Path DIRECTORY = find(candidates(), isRoot());
  }

  /**
   * The directory {@code cdc-pipeline} in the user's cache (root's is {@code /var/cache}), in the
   * temporary directory if that can't be written, or else a fresh one; always the same within a
   * process.
   */
  static Path find() {
    return Found.DIRECTORY;
  }

  private static List<Path> candidates() {
    Path temporary =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "cdc-pipeline-" + System.getProperty("user.name"));
    if (isRoot()) {
      return List.of(Path.of("/var/cache/cdc-pipeline"), temporary);
    }
    String named = System.getenv("XDG_CACHE_HOME");
    Path users =
        named == null || named.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(named);
    return List.of(users.toAbsolutePath().resolve("cdc-pipeline"), temporary);
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /**
   * The first of the candidates that can be made, or is there and is to be trusted.
   *
   * @param passable whether others may pass through it
   */
  static Path find(List<Path> candidates, boolean passable) {
    Set<PosixFilePermission> mode =
        PosixFilePermissions.fromString(passable ? "rwx--x--x" : "rwx------");
    for (Path candidate : candidates) {
      try {
        if (isOurs(candidate, mode)) {
          return candidate;
        }
      } catch (IOException e) {
        // a user without a home, a system that is read-only: try the next
      }
    }
    try {
      Path fresh = Files.createTempDirectory("cdc-pipeline-");
      return Files.setPosixFilePermissions(fresh, mode);
    } catch (IOException e) {
      throw new StackException("can write none of %s: %s".formatted(candidates, e), e);
    }
  }

  private static boolean isOurs(Path directory, Set<PosixFilePermission> mode) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(directory.getParent());
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(mode));
    }
    PosixFileAttributes found =
        Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    boolean trusted =
        found.isDirectory()
            && found.owner().equals(self())
            && WRITABLE_BY_OTHERS.stream().noneMatch(found.permissions()::contains);
    if (trusted) {
      Files.setPosixFilePermissions(directory, mode);
    }
    return trusted && Files.isWritable(directory);
  }

  /** Who owns what this process makes. */
  private static UserPrincipal self() throws IOException {
    Path probe = Files.createTempFile("cdc-pipeline-", ".owner");
    try {
      return Files.getOwner(probe);
    } finally {
      Files.delete(probe);
    }
  }
}
