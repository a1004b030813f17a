package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
  @TempDir Path directory;
  private ChildProcess process;

  @AfterEach
  void leaveNothingBehind() {
    if (process != null) {
      process.kill();
    }
  }

  private ChildProcess shell(String script, String stopSignal) throws IOException {
    process =
        ChildProcess.start(
            new Launch(List.of("sh", "-c", script), Map.of("GREETING", "hello"), directory),
            log(),
            stopSignal);
    return process;
  }

  private Path log() {
    return directory.resolve("child.log");
  }

  private void awaitLog(String text) {
    await("the child's output")
        .atMost(Duration.ofSeconds(20))
        .until(() -> Files.readString(log()).contains(text));
  }

  @Test
  void writesItsOutputAndItsErrorsToTheLog() throws IOException {
    shell("echo $GREETING; echo trouble >&2", "TERM");

    awaitLog("hello\ntrouble");
  }

  @Test
  void endsByItselfWhenAskedWithItsSignal() throws IOException {
    // not INT: a shell can't trap what is ignored where a build runs in the background
    shell("trap 'echo bye; exit 0' USR1; echo up; while :; do sleep 0.05; done", "USR1");
    awaitLog("up");

    assertThat(process.stop(Duration.ofSeconds(20))).isTrue();

    assertThat(Files.readString(log())).contains("bye");
  }

  @Test
  void isKilledWhenItDoesNotListen() throws IOException {
    shell("trap '' TERM; echo up; while :; do sleep 0.05; done", "TERM");
    awaitLog("up");

    assertThat(process.stop(Duration.ofMillis(200))).isFalse();

    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void takesItsChildrenAlongWhenItIsKilled() throws IOException {
    shell("sleep 300 & echo child=$!; wait", "TERM");
    awaitLog("child=");
    long child = Long.parseLong(Files.readString(log()).strip().replace("child=", ""));

    process.kill();

    assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void isFoundAgainByTheMarkAmongItsArguments() throws IOException {
    process =
        ChildProcess.start(
            new Launch(
                List.of(
                    "sh",
                    "-c",
                    "echo up; while :; do sleep 0.05; done",
                    ServerProcesses.mark(Service.BROKER, directory),
                    "more"),
                Map.of(),
                directory),
            log(),
            "TERM");
    awaitLog("up");

    assertThat(new ServerProcesses(directory, ProcessHandle::allProcesses).find())
        .extracting(ServerProcesses.ServerProcess::service)
        .containsExactly(Service.BROKER);
    assertThat(new ServerProcesses(directory.resolve("other"), ProcessHandle::allProcesses).find())
        .isEmpty();
    assertThat(new ServerProcesses(directory.getParent(), ProcessHandle::allProcesses).find())
        .isEmpty();
  }
}
