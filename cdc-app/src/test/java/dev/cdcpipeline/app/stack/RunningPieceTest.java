package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningPieceTest {
  private static final String SERVES = "touch ready; while :; do sleep 0.05; done";

  @TempDir Path directory;
  private final List<String> events = new CopyOnWriteArrayList<>();
  private RunningPiece piece;

  @AfterEach
  void stopWhatRuns() {
    if (piece != null) {
      piece.close();
    }
  }

  private RunningPiece pieceThatRuns(String script) {
    piece =
        new RunningPiece(
            new ShellServer(script),
            directory.resolve("registry.log"),
            new StackListener() {
              @Override
              public void ready(Service service, Duration took) {
                events.add("ready");
              }

              @Override
              public void died(Service service, String why) {
                events.add(why);
              }
            },
            dead -> events.add("restart wanted"));
    return piece;
  }

  /** A server that answers once it has made a file. */
  private final class ShellServer implements Piece {
    private final String script;

    private ShellServer(String script) {
      this.script = script;
    }

    @Override
    public Service service() {
      return Service.REGISTRY;
    }

    @Override
    public Launch launch() {
      return new Launch(List.of("sh", "-c", script), Map.of(), directory);
    }

    @Override
    public boolean answers() {
      return Files.exists(directory.resolve("ready"));
    }

    @Override
    public Duration startLimit() {
      return Duration.ofSeconds(5);
    }
  }

  @Test
  void isReadyWhenTheServerAnswers() {
    pieceThatRuns(SERVES).start();

    assertThat(piece.isRunning()).isTrue();
    assertThat(events).containsExactly("ready");
  }

  @Test
  void saysWhichServerEndedWhileStartingAndShowsItsLastWords() {
    pieceThatRuns("echo port is taken; exit 3");

    assertThatThrownBy(() -> piece.start())
        .isInstanceOf(StackException.class)
        .hasMessageStartingWith("the schema registry ended while starting; the last lines of ")
        .hasMessageContaining("registry.log")
        .hasMessageContaining("port is taken");
  }

  @Test
  void killsAServerThatNeverAnswers() {
    pieceThatRuns("while :; do sleep 0.05; done");

    assertThatThrownBy(() -> piece.start())
        .hasMessageStartingWith("the schema registry did not answer within 5 s; ");
    assertThat(piece.isRunning()).isFalse();
  }

  @Test
  void reportsADeathThatNobodyAskedFor() {
    pieceThatRuns(SERVES).start();

    piece.kill();

    await("the report").atMost(Duration.ofSeconds(20)).until(() -> events.size() == 3);
    assertThat(events.get(1)).startsWith("the schema registry ended with exit code 137; ");
    assertThat(events.get(2)).isEqualTo("restart wanted");
  }

  @Test
  void keepsQuietAboutAStopOnPurpose() {
    pieceThatRuns(SERVES).start();

    piece.stop();

    assertThat(piece.isRunning()).isFalse();
    assertThat(events).containsExactly("ready");
  }

  @Test
  void startsAgainAfterItWasKilled() {
    pieceThatRuns(SERVES).start();
    piece.kill();

    piece.start();

    assertThat(piece.isRunning()).isTrue();
  }

  @Test
  void breaksOffAStartWhenItIsClosed() {
    pieceThatRuns("touch up; while :; do sleep 0.05; done");
    CompletableFuture<Void> start = CompletableFuture.runAsync(piece::start);
    await("the process").until(() -> Files.exists(directory.resolve("up")));

    piece.close();

    assertThat(start).failsWithin(Duration.ofSeconds(4));
    assertThat(piece.isRunning()).isFalse();
    assertThatThrownBy(() -> piece.start()).hasMessage("the stack is being stopped");
  }
}
