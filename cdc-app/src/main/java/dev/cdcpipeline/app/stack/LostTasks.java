package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.app.stack.ConnectClient.Status;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * Notices tasks that Connect shows as RUNNING at a worker that is gone, and that nobody starts.
 *
 * <p>A worker that stood still for longer than its session, and comes back when the one that took
 * over has died, is given its tasks again. One that was fenced meanwhile has ended, and is not
 * started, because the worker believes that it still runs; nor can the worker write what REST asks
 * of it, since its right to do so went to the other one. Only a new start helps. Not thread-safe.
 */
final class LostTasks {
  /** Others get a dead worker's tasks a session's time after its death. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Predicate<String> isThere;
  private OptionalLong since = OptionalLong.empty();

  /**
   * @param isThere whether a worker is there, by its {@code host:port}
   */
  LostTasks(Predicate<String> isThere) {
    this.isThere = isThere;
  }

  /**
   * Whether there have been some for too long.
   *
   * @param now nanoseconds of any clock
   */
  boolean areThere(List<Status> connectors, long now) {
    boolean lost =
        connectors.stream()
            .flatMap(connector -> connector.tasks().stream())
            .anyMatch(task -> task.isRunning() && !isThere.test(task.worker()));
    since = lost ? OptionalLong.of(since.orElse(now)) : OptionalLong.empty();
    return lost && now - since.getAsLong() >= LIMIT.toNanos();
  }
}
