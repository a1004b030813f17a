package dev.cdcpipeline.app.stack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Connect's REST API, as far as the pipeline needs it. Thread-safe. */
public final class ConnectClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration REBALANCE_LIMIT = Duration.ofSeconds(60);
  private static final Duration REBALANCE_PAUSE = Duration.ofMillis(100);

  private final HttpCall http;
  private final HttpAddress address;

  /**
   * @param url base URL of a worker with the credentials it asks for, for example {@code
   *     http://cdc:secret@127.0.0.1:8083}
   */
  public ConnectClient(String url) {
    this(HttpAddress.of(url));
  }

  /**
   * @param address of a worker, with the credentials that it asks for
   */
  public ConnectClient(HttpAddress address) {
    this.address = address;
    this.http = new HttpCall(address);
  }

  /**
   * State of a connector or of one of its tasks.
   *
   * @param name the connector's name, followed by {@code /N} for task N
   * @param state as Connect says it: RUNNING, FAILED, PAUSED, STOPPED, UNASSIGNED, RESTARTING
   * @param worker where it is, as {@code host:port}; empty if nobody has said
   * @param trace why it failed; empty if it has not
   */
  public record State(String name, String state, String worker, String trace) {
    private static final String CAUSED_BY = "Caused by: ";

    /** Whether Connect has given up on it. */
    public boolean isFailed() {
      return state.equals("FAILED");
    }

    /** Whether it works. */
    public boolean isRunning() {
      return state.equals("RUNNING");
    }

    /** The cause in the trace which says what is wrong; empty if there is no trace. */
    public String cause() {
      return causeOf(trace);
    }

    /**
     * The cause in a stack trace which says most, without its package: the innermost, or one around
     * it that repeats what it says and adds where, and what to do.
     */
    public static String causeOf(String trace) {
      List<String> causes = new ArrayList<>();
      trace.lines().findFirst().ifPresent(causes::add);
      trace
          .lines()
          .filter(line -> line.startsWith(CAUSED_BY))
          .map(line -> line.substring(CAUSED_BY.length()))
          .forEach(causes::add);
      if (causes.isEmpty()) {
        return "";
      }
      String innermost = causes.get(causes.size() - 1);
      String said = innermost.replaceFirst("^[\\w.$]+(: (ERROR: )?)?", "");
      return causes.stream()
          .filter(cause -> !said.isEmpty() && cause.contains(said))
          .findFirst()
          .orElse(innermost)
          .replaceFirst("^([a-z0-9_]+\\.)+", "");
    }
  }

  /**
   * State of a connector with its tasks.
   *
   * @param name the connector's name
   * @param connector the state of the connector itself
   * @param tasks the states of its tasks; empty until Connect has made them
   */
  public record Status(String name, State connector, List<State> tasks) {
    /** Keeps a copy. */
    public Status {
      tasks = List.copyOf(tasks);
    }

    /** Whether the connector runs, has tasks, and each of them runs. */
    public boolean isRunning() {
      return connector.isRunning() && !tasks.isEmpty() && tasks.stream().allMatch(State::isRunning);
    }

    /** The parts that Connect has given up on. */
    public List<State> failures() {
      List<State> failed = new ArrayList<>(tasks.stream().filter(State::isFailed).toList());
      if (connector.isFailed()) {
        failed.add(0, connector);
      }
      return failed;
    }
  }

  /**
   * The status of every connector, by name.
   *
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public List<Status> statuses() throws IOException {
    List<Status> statuses = new ArrayList<>();
    get("/connectors?expand=status")
        .forEach(connector -> statuses.add(status(connector.path("status"))));
    statuses.sort(java.util.Comparator.comparing(Status::name));
    return statuses;
  }

  private static Status status(JsonNode json) {
    String name = json.path("name").asText();
    List<State> tasks = new ArrayList<>();
    for (JsonNode task : json.path("tasks")) {
      tasks.add(state(name + "/" + task.path("id").asInt(), task));
    }
    return new Status(name, state(name, json.path("connector")), tasks);
  }

  private static State state(String name, JsonNode json) {
    return new State(
        name,
        json.path("state").asText(),
        json.path("worker_id").asText(),
        json.path("trace").asText());
  }

  /**
   * The configuration of a connector as it was put, with its variables unresolved; empty if there
   * is no such connector.
   *
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public Optional<JsonNode> configuration(String connector) throws IOException {
    HttpCall.Reply reply = send("GET", "/connectors/" + connector + "/config", null);
    return reply.status() == 404 ? Optional.empty() : Optional.of(parse("GET", connector, reply));
  }

  /**
   * Creates a connector or changes its configuration.
   *
   * @throws IOException if the worker doesn't answer or refuses the configuration; the message says
   *     why
   */
  public void put(String connector, JsonNode configuration) throws IOException {
    HttpCall.Reply reply =
        send("PUT", "/connectors/" + connector + "/config", configuration.toString());
    parse("PUT", connector, reply);
  }

  /**
   * Deletes a connector; its offsets stay. Does nothing if there is none.
   *
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public void delete(String connector) throws IOException {
    HttpCall.Reply reply = send("DELETE", "/connectors/" + connector, null);
    if (!reply.isOk() && reply.status() != 404) {
      throw refused("DELETE", connector, reply);
    }
  }

  /**
   * Starts the failed parts of a connector again.
   *
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public void restartFailed(String connector) throws IOException {
    order("POST", connector, "/restart?includeTasks=true&onlyFailed=true");
  }

  /**
   * Starts a connector and all of its tasks again, whatever state they are in.
   *
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public void restart(String connector) throws IOException {
    order("POST", connector, "/restart?includeTasks=true");
  }

  /**
   * Lets a connector's tasks do nothing until it is resumed. They take note of it a little later.
   *
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public void pause(String connector) throws IOException {
    order("PUT", connector, "/pause");
  }

  /**
   * Ends a connector's tasks until it is resumed. They end a little later.
   *
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public void stop(String connector) throws IOException {
    order("PUT", connector, "/stop");
  }

  /**
   * Lets a paused or stopped connector go on.
   *
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public void resume(String connector) throws IOException {
    order("PUT", connector, "/resume");
  }

  /**
   * Forgets how far a stopped connector was.
   *
   * @throws IOException if the worker doesn't answer or refuses, because the connector is not
   *     stopped yet
   */
  public void forgetOffsets(String connector) throws IOException {
    order("DELETE", connector, "/offsets");
  }

  private void order(String method, String connector, String what) throws IOException {
    String path = "/connectors/" + connector + what;
    HttpCall.Reply reply = send(method, path, null);
    if (!reply.isOk()) {
      throw refused(method, path, reply);
    }
  }

  /**
   * Sends any request, waiting while the worker's group is being balanced.
   *
   * @param path beginning with a slash
   * @param body JSON, or null for none
   * @return what the worker answered; empty if it had nothing to say
   * @throws IOException if the worker doesn't answer or answers with an error
   */
  public String request(String method, String path, String body) throws IOException {
    HttpCall.Reply reply = send(method, path, body);
    if (!reply.isOk()) {
      throw refused(method, path, reply);
    }
    return reply.body();
  }

  /**
   * The offsets of a source connector as it has committed them, each with its partition.
   *
   * @throws IOException if there is no such connector, or the worker doesn't answer
   */
  public JsonNode offsets(String connector) throws IOException {
    return get("/connectors/" + connector + "/offsets").path("offsets");
  }

  private JsonNode get(String path) throws IOException {
    return parse("GET", path, send("GET", path, null));
  }

  /** A worker whose group is being balanced, as it is after each new connector, answers later. */
  private HttpCall.Reply send(String method, String path, String body) throws IOException {
    long end = System.nanoTime() + REBALANCE_LIMIT.toNanos();
    HttpCall.Reply reply = http.send(method, address, path, body);
    while (isRebalancing(reply) && System.nanoTime() < end) {
      LockSupport.parkNanos(REBALANCE_PAUSE.toNanos());
      reply = http.send(method, address, path, body);
    }
    return reply;
  }

  private static boolean isRebalancing(HttpCall.Reply reply) {
    return reply.status() == 409 || reply.status() == 500 && reply.body().contains("rebalance");
  }

  private JsonNode parse(String method, String what, HttpCall.Reply reply) throws IOException {
    if (!reply.isOk()) {
      throw refused(method, what, reply);
    }
    try {
      return JSON.readTree(reply.body());
    } catch (JsonProcessingException e) {
      throw new IOException(
          "%s %s at %s gave no JSON: %s".formatted(method, what, address, reply.body()), e);
    }
  }

  private IOException refused(String method, String what, HttpCall.Reply reply) {
    String reason = reply.body();
    try {
      reason = JSON.readTree(reply.body()).path("message").asText(reply.body());
    } catch (JsonProcessingException e) {
      // not Connect's own error page: show it as it is
    }
    if (reply.status() == 401) {
      return new IOException(
          "Connect at %s refuses the credentials for %s %s; give its address as http://USER:PASSWORD@HOST:PORT"
              .formatted(address, method, what));
    }
    return new IOException(
        "Connect answered %d to %s %s: %s".formatted(reply.status(), method, what, reason));
  }
}
