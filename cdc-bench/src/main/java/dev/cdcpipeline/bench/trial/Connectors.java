package dev.cdcpipeline.bench.trial;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.ConnectClient.State;
import dev.cdcpipeline.app.stack.ConnectClient.Status;
import dev.cdcpipeline.app.stack.HttpAddress;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Connectors that are put, stopped, resumed and deleted while a benchmark runs. */
final class Connectors {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final long PAUSE_NANOS = 20_000_000L;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpAddress address;
  private final ConnectClient connect;

  Connectors(String connectUrl) {
    this.address = HttpAddress.of(connectUrl);
    this.connect = new ConnectClient(connectUrl);
  }

  /** Creates a connector and waits until its task runs. */
  void put(String name, Map<String, String> configuration) throws IOException {
    connect.put(name, JSON.valueToTree(configuration));
    await(name, Status::isRunning, "run");
  }

  /** Changes some settings of a connector; it restarts. */
  void change(String name, Map<String, String> settings) throws IOException {
    com.fasterxml.jackson.databind.node.ObjectNode configuration =
        (com.fasterxml.jackson.databind.node.ObjectNode) connect.configuration(name).orElseThrow();
    settings.forEach(configuration::put);
    connect.put(name, configuration);
  }

  /** Stops a connector's tasks and waits until they are gone. */
  void stop(String name) throws IOException {
    send("PUT", "/connectors/" + name + "/stop");
    await(
        name,
        status -> status.connector().state().equals("STOPPED") && status.tasks().isEmpty(),
        "stop");
  }

  /** Lets a stopped connector go on; returns at once. */
  void resume(String name) throws IOException {
    send("PUT", "/connectors/" + name + "/resume");
  }

  /** Waits until a connector's tasks run. */
  void awaitRunning(String name) throws IOException {
    await(name, Status::isRunning, "run");
  }

  /** Deletes a connector and waits until it is gone. */
  void delete(String name) throws IOException {
    send("DELETE", "/connectors/" + name);
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

  private void send(String method, String path) throws IOException {
    HttpRequest request =
        address
            .request(path)
            .timeout(Duration.ofSeconds(60))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      HttpResponse<String> reply = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (Stream.of(200, 202, 204).noneMatch(code -> code == reply.statusCode())) {
        throw new IOException(
            "Connect answered %d to %s %s: %s"
                .formatted(reply.statusCode(), method, path, reply.body()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for Connect", e);
    }
  }
}
