package dev.cdcpipeline.bench.trial;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.ConnectClient.State;
import dev.cdcpipeline.app.stack.ConnectClient.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Connectors that are put, stopped, resumed and deleted while a benchmark runs. */
final class Connectors {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final long PAUSE_NANOS = 20_000_000L;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ConnectClient connect;

  Connectors(String connectUrl) {
    this.connect = new ConnectClient(connectUrl);
  }

  /** Creates a connector and waits until its task runs. */
  void put(String name, Map<String, String> configuration) throws IOException {
    connect.put(name, JSON.valueToTree(configuration));
    await(name, Status::isRunning, "run");
  }

  /** Changes some settings of a connector; it restarts. */
  void change(String name, Map<String, String> settings) throws IOException {
    ObjectNode configuration = (ObjectNode) connect.configuration(name).orElseThrow();
    settings.forEach(configuration::put);
    connect.put(name, configuration);
  }

  /** Stops a connector's tasks and waits until they are gone. */
  void stop(String name) throws IOException {
    connect.stop(name);
    await(
        name,
        status -> status.connector().state().equals("STOPPED") && status.tasks().isEmpty(),
        "stop");
  }

  /** Lets a stopped connector go on; returns at once. */
  void resume(String name) throws IOException {
    connect.resume(name);
  }

  /** Deletes a connector and waits until it is gone. */
  void delete(String name) throws IOException {
    connect.delete(name);
    long end = System.nanoTime() + LIMIT.toNanos();
    while (find(name).isPresent()) {
      pause(name, "be deleted", end);
    }
  }

  /**
   * Says so if a task has failed.
   *
   * @throws IOException with the task's own words
   */
  void check(String name) throws IOException {
    Optional<Status> status = find(name);
    if (status.isPresent() && !status.get().failures().isEmpty()) {
      State failure = status.get().failures().get(0);
      throw new IOException(failure.name() + " has failed: " + failure.trace());
    }
  }

  private void await(String name, Predicate<Status> wanted, String verb) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!find(name).filter(wanted).isPresent()) {
      check(name);
      pause(name, verb, end);
    }
  }

  private static void pause(String name, String verb, long end) throws IOException {
    if (System.nanoTime() > end) {
      throw new IOException(
          "connector %s did not %s within %d s".formatted(name, verb, LIMIT.toSeconds()));
    }
    LockSupport.parkNanos(PAUSE_NANOS);
  }

  private Optional<Status> find(String name) {
    try {
      return connect.statuses().stream().filter(status -> status.name().equals(name)).findFirst();
    } catch (IOException e) {
      // the worker rebalances: it answers again in a moment
      return Optional.empty();
    }
  }
}
