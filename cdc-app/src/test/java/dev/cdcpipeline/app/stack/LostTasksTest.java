package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.ConnectClient.State;
import dev.cdcpipeline.app.stack.ConnectClient.Status;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LostTasksTest {
  private final Set<String> workers = new HashSet<>(Set.of("127.0.0.1:1", "127.0.0.1:2"));
  private final LostTasks lost = new LostTasks(workers::contains);

  @Test
  void aTaskAtAWorkerThatIsGoneIsLostWhenNobodyStartsItInTime() {
    List<Status> connectors =
        List.of(connector("RUNNING", "127.0.0.1:1"), connector("RUNNING", "127.0.0.1:2"));

    assertThat(lost.areThere(connectors, at(0))).isFalse();
    workers.remove("127.0.0.1:2");
    assertThat(lost.areThere(connectors, at(100))).isFalse();
    assertThat(lost.areThere(connectors, at(129))).isFalse();
    assertThat(lost.areThere(connectors, at(130))).isTrue();

    assertThat(lost.areThere(List.of(connector("RUNNING", "127.0.0.1:1")), at(131))).isFalse();
    assertThat(lost.areThere(connectors, at(200))).as("anew").isFalse();
    assertThat(lost.areThere(List.of(connector("UNASSIGNED", "127.0.0.1:2")), at(300)))
        .as("Connect knows that it is nowhere")
        .isFalse();
  }

  private static Status connector(String state, String worker) {
    return new Status(
        "c", new State("c", "RUNNING", worker, ""), List.of(new State("c/0", state, worker, "")));
  }

  private static long at(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }
}
