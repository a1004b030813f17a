package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir Path parent;

  @Test
  void isMadeForItsOwnerOnly() throws IOException {
    Path root = parent.resolve("deep/data");

    DataDirectory.open(root).close();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
        .isEqualTo("rwx------");
  }

  @Test
  void closesWhatAnOlderLauncherLeftOpen() throws IOException {
    Path root = Files.createDirectory(parent.resolve("data"));
    Files.createFile(root.resolve("lock"));
    Path log = Files.createFile(Files.createDirectory(root.resolve("logs")).resolve("connect.log"));
    Path broker = Files.createDirectory(root.resolve("broker"));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(broker, PosixFilePermissions.fromString("rwxr-xr-x"));

    DataDirectory.open(root).close();

    assertThat(mode(root)).isEqualTo("rwx------");
    assertThat(mode(broker)).isEqualTo("rwx------");
    assertThat(mode(root.resolve("logs"))).isEqualTo("rwx------");
    assertThat(mode(root.resolve("run"))).isEqualTo("rwx------");
    assertThat(mode(log)).isEqualTo("rw-------");
  }

  @Test
  void leavesADirectoryThatHoldsOtherThingsAsOpenAsItWas() throws IOException {
    Path shared = Files.createDirectory(parent.resolve("project"));
    Files.createFile(shared.resolve("README"));
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));

    DataDirectory.open(shared).close();

    assertThat(mode(shared)).isEqualTo("rwxr-xr-x");
    assertThat(mode(shared.resolve("logs"))).isEqualTo("rwx------");
    assertThat(mode(shared.resolve("run"))).isEqualTo("rwx------");
  }

  @Test
  void refusesADirectoryInWhichAnybodyMayWrite() throws IOException {
    Path shared = Files.createDirectory(parent.resolve("tmp"));
    Files.createFile(shared.resolve("of-somebody"));
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThatThrownBy(() -> DataDirectory.open(shared))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("anybody may write there");
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void refusesASecondLauncherAndNamesTheFirst() {
    Path root = parent.resolve("data");
    try (DataDirectory first = DataDirectory.open(root)) {
      assertThatThrownBy(() -> DataDirectory.open(first.root()))
          .isInstanceOf(StackException.class)
          .hasMessage(
              "the data directory %s is in use by process %d; stop that one (./cdc down --data %s)"
                  + " or take another directory",
              root, ProcessHandle.current().pid(), root);
    }
  }

  @Test
  void canBeTakenAgainOnceItIsFree() {
    Path root = parent.resolve("data");
    DataDirectory.open(root).close();

    DataDirectory.open(root).close();
  }
}
