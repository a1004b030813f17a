package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Starts connectors and tasks that Connect has given up on again, after growing pauses.
 *
 * <p>Connect itself never does: a task that met a fault of the system, for example a registry that
 * was away, stays FAILED. Not thread-safe.
 */
final class ConnectorRepair {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration QUIET = Duration.ofMinutes(2);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(50);
  private static final Duration BETWEEN_LOOKS_FOR_PROGRESS = Duration.ofSeconds(1);

  private final ConnectClient connect;
  private final StackListener listener;
  private final Map<String, Patient> patients = new HashMap<>();

  /** What is known of a connector that has failed. */
  private static final class Patient {
    private final BackOff backOff = new BackOff(FIRST_PAUSE, LONGEST_PAUSE, QUIET);
    private int failures;
    private boolean waiting;
    private long restartAtNanos;
  }

  ConnectorRepair(ConnectClient connect, StackListener listener) {
    this.connect = connect;
    this.listener = listener;
  }

  /**
   * Looks at every connector once and restarts those that are due.
   *
   * @throws IOException if Connect doesn't answer; look again later
   */
  List<ConnectClient.Status> look() throws IOException {
    List<ConnectClient.Status> statuses = connect.statuses();
    for (ConnectClient.Status status : statuses) {
      if (!status.failures().isEmpty()) {
        treat(status, patients.computeIfAbsent(status.name(), name -> new Patient()));
      }
    }
    return statuses;
  }

  private void treat(ConnectClient.Status status, Patient patient) throws IOException {
    long now = System.nanoTime();
    if (!patient.waiting) {
      status.failures().forEach(failed -> listener.connectorFailed(failed.name(), failed.trace()));
      patient.failures++;
      patient.waiting = true;
      patient.restartAtNanos = now + patient.backOff.next(now).toNanos();
    }
    if (now >= patient.restartAtNanos) {
      connect.restartFailed(status.name());
      patient.waiting = false;
      listener.connectorRestarted(status.name());
    }
  }

  /**
   * Waits until every task of the connectors runs.
   *
   * @param failures how often one may fail before that counts as its answer
   * @throws StackException if one has failed too often, with Connect's trace, or the time is over
   */
  void awaitRunning(List<String> connectors, int failures, Duration limit) {
    awaitRunning(connectors, failures, limit, Optional::empty);
  }

  /**
   * The same, and until nothing more is missing.
   *
   * @param missing asked when every task runs
   */
  void awaitRunning(
      List<String> connectors, int failures, Duration limit, Supplier<Optional<String>> missing) {
    long deadline = System.nanoTime() + limit.toNanos();
    String last = "unknown";
    while (true) {
      try {
        List<ConnectClient.Status> statuses =
            look().stream().filter(status -> connectors.contains(status.name())).toList();
        if (statuses.size() == connectors.size()
            && statuses.stream().allMatch(ConnectClient.Status::isRunning)) {
          Optional<String> lack = missing.get();
          if (lack.isEmpty()) {
            return;
          }
          last = lack.get();
          pause(BETWEEN_LOOKS_FOR_PROGRESS);
        } else {
          last = describe(statuses);
        }
        requireHope(statuses, failures);
      } catch (IOException e) {
        last = e.getMessage();
      }
      if (System.nanoTime() > deadline) {
        throw new StackException(
            "connectors %s do not all work after %d s: %s"
                .formatted(String.join(", ", connectors), limit.toSeconds(), last));
      }
      pause(BETWEEN_QUESTIONS);
    }
  }

  private void requireHope(List<ConnectClient.Status> statuses, int failures) {
    for (ConnectClient.Status status : statuses) {
      Patient patient = patients.get(status.name());
      if (patient != null && patient.failures > failures && !status.failures().isEmpty()) {
        ConnectClient.State failed = status.failures().get(0);
        throw new StackException(
            "connector %s failed: %s%n%s".formatted(failed.name(), failed.cause(), failed.trace()));
      }
    }
  }

  private static String describe(List<ConnectClient.Status> statuses) {
    List<String> states = new ArrayList<>();
    for (ConnectClient.Status status : statuses) {
      states.add(
          Stream.concat(Stream.of(status.connector()), status.tasks().stream())
              .map(state -> state.name() + " " + state.state() + cause(state))
              .collect(Collectors.joining(", ")));
    }
    return states.isEmpty() ? "Connect knows none of them" : String.join(", ", states);
  }

  private static String cause(ConnectClient.State state) {
    return state.cause().isEmpty() ? "" : " (" + state.cause() + ")";
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("interrupted while waiting for connectors", e);
    }
  }
}
