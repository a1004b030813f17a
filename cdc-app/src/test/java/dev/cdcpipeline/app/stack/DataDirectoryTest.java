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
