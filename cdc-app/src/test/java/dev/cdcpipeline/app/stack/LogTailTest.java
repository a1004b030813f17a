package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
  @TempDir Path directory;

  @Test
  void showsTheLastLinesAndNamesTheFile() throws IOException {
    Path log = directory.resolve("connect.log");
    Files.write(log, IntStream.rangeClosed(1, 10_000).mapToObj(i -> "line " + i).toList());

    String tail = LogTail.of(log);

    assertThat(tail.lines().toList())
        .hasSize(16)
        .startsWith("the last lines of " + log + ":", "    line 9986")
        .endsWith("    line 10000");
  }

  @Test
  void saysWhenThereIsNoLog() {
    Path log = directory.resolve("missing.log");

    assertThat(LogTail.of(log)).isEqualTo("no log at " + log);
  }
}
