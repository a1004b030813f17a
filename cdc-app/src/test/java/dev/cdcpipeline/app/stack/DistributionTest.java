package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistributionTest {
  @TempDir Path directory;

  @Test
  void refusesADirectoryThatIsNone() {
    assertThatThrownBy(() -> new Distribution(directory))
        .isInstanceOf(StackException.class)
        .hasMessage(
            "%s is not a distribution of the pipeline: it has no directory lib; build one with `mvn"
                + " -Dquick -DskipTests package`",
            directory);
  }
}
