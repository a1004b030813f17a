package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.Secrets.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
  @TempDir Path directory;

  @Test
  void givesEachRoleAPasswordOfItsOwn() {
    Secrets secrets = Secrets.of(directory.resolve("secrets"));

    assertThat(Arrays.stream(Role.values()).map(secrets::password))
        .doesNotHaveDuplicates()
        .allMatch(password -> password.length() >= 24);
  }

  @Test
  void keepsThePasswordsForTheNextStart() {
    Secrets first = Secrets.of(directory.resolve("secrets"));

    Secrets second = Secrets.of(directory.resolve("secrets"));

    assertThat(second.password(Role.SINK)).isEqualTo(first.password(Role.SINK));
  }

  @Test
  void letsNobodyElseReadTheFile() throws IOException {
    Path file = directory.resolve("secrets");

    Secrets.of(file);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
