package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheDirectoryTest {
  @TempDir private Path parent;

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void isMadeForItsOwnerAlone() throws IOException {
    Path wanted = parent.resolve("deep/cache");

    assertThat(CacheDirectory.find(List.of(wanted), false)).isEqualTo(wanted);
    assertThat(mode(wanted)).isEqualTo("rwx------");
  }

  @Test
  void ofRootLetsOthersPass() throws IOException {
    Path wanted = parent.resolve("cache");

    assertThat(CacheDirectory.find(List.of(wanted), true)).isEqualTo(wanted);
    assertThat(mode(wanted)).isEqualTo("rwx--x--x");
  }

  @Test
  void closesOneThatOthersCouldRead() throws IOException {
    Path readable = Files.createDirectory(parent.resolve("cache"));
    Files.setPosixFilePermissions(readable, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThat(CacheDirectory.find(List.of(readable), false)).isEqualTo(readable);
    assertThat(mode(readable)).isEqualTo("rwx------");
  }

  @Test
  void isNotOneThatOthersCouldWriteTo() throws IOException {
    Path writable = Files.createDirectory(parent.resolve("cache"));
    Files.setPosixFilePermissions(writable, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path second = parent.resolve("second");

    assertThat(CacheDirectory.find(List.of(writable, second), false)).isEqualTo(second);
    assertThat(mode(writable)).isEqualTo("rwxrwxrwx");
  }

  @Test
  void isNotALinkThatSomebodyHasLaid() throws IOException {
    Path link =
        Files.createSymbolicLink(
            parent.resolve("link"), Files.createDirectory(parent.resolve("elsewhere")));

    Path found = CacheDirectory.find(List.of(link), false);

    assertThat(found).isNotEqualTo(link);
    assertThat(mode(found)).isEqualTo("rwx------");
    Files.delete(found);
  }

  @Test
  void isAFreshOneEachTimeWhereNoneIsToBeTrusted() throws IOException {
    Path file = Files.createFile(parent.resolve("file"));

    Path first = CacheDirectory.find(List.of(file), false);
    Path second = CacheDirectory.find(List.of(file), false);

    assertThat(first).isNotEqualTo(second);
    Files.delete(first);
    Files.delete(second);
  }
}
