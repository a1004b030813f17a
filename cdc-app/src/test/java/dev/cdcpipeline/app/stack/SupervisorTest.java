package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path directory;
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final StackListener listener =
      new StackListener() {
        @Override
        public void progress(String what) {
          events.add(what);
        }

        @Override
        public void ready(Service service, Duration took) {
          events.add("ready");
        }
      };

  /** A server that answers with errors as long as there is a file. */
  private final class SickServer implements Piece {
    @Override
    public Service service() {
      return Service.REGISTRY;
    }

    @Override
    public Launch launch() {
      return new Launch(
          List.of("sh", "-c", "rm -f sick; while :; do sleep 0.05; done"), Map.of(), directory);
    }

    @Override
    public boolean answers() {
      return !Files.exists(directory.resolve("sick"));
    }

    @Override
    public boolean isBroken() {
      asked.incrementAndGet();
      return Files.exists(directory.resolve("sick"));
    }
  }

  @Test
  void startsAServerAgainThatRunsAndAnswersWithErrorsOnly() throws Exception {
    AtomicReference<Supervisor> supervisor = new AtomicReference<>();
    RunningPiece piece =
        new RunningPiece(
            new SickServer(),
            directory.resolve("registry.log"),
            listener,
            dead -> supervisor.get().restart(dead));
    try (Supervisor running =
        new Supervisor(listener, new ConnectClient("http://127.0.0.1:1"), Duration.ofMillis(20))) {
      supervisor.set(running);
      piece.start();
      running.watch(List.of(piece));
      await("it is well").atMost(LIMIT).until(() -> asked.get() > 10);
      assertThat(events).containsExactly("ready");

      Files.createFile(directory.resolve("sick"));

      await("it is started again").atMost(LIMIT).until(() -> events.size() == 3);
      assertThat(events.get(1))
          .isEqualTo(
              "the schema registry is in a state that only a new start ends; killing it, so that it"
                  + " starts again");
      assertThat(events.get(2)).isEqualTo("ready");
    } finally {
      piece.close();
    }
  }
}
