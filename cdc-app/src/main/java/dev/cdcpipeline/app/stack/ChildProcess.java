package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A running server. Thread-safe. */
final class ChildProcess {
  private static final Duration KILL_LIMIT = Duration.ofSeconds(20);

  private final Process process;
  private final String stopSignal;

  private ChildProcess(Process process, String stopSignal) {
    this.process = process;
    this.stopSignal = stopSignal;
  }

  /**
   * Starts a command with its output appended to a log.
   *
   * @throws IOException if the program can't be run
   */
  static ChildProcess start(Launch launch, Path log, String stopSignal) throws IOException {
    List<String> command = new ArrayList<>();
    if (Programs.isInstalled("setsid")) {
      // a group of its own: Ctrl-C must reach the launcher alone, which then stops the servers in
      // order
      command.add("setsid");
    }
    command.addAll(launch.command());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(launch.environment());
    builder.directory(launch.directory().toFile());
    builder.redirectErrorStream(true);
    DataDirectory.makeLog(log);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process = builder.start();
    process.getOutputStream().close();
    return new ChildProcess(process, stopSignal);
  }

  boolean isAlive() {
    // the process itself hears of its end a moment after those who wait for it
    return process.toHandle().isAlive();
  }

  /** Waits for the end; gives false when the time is over before. */
  boolean endsWithin(Duration limit) throws InterruptedException {
    return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Completes with the exit code when the process has ended. */
  CompletableFuture<Integer> exit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /** Kills it and the processes it has started, and waits until they are gone. */
  void kill() {
    killTree(process.toHandle());
  }

  /**
   * Asks it to end; kills it when it has not done so in time.
   *
   * @return whether it ended by itself
   */
  boolean stop(Duration limit) {
    return stop(process.toHandle(), stopSignal, limit);
  }

  static boolean stop(ProcessHandle handle, String signal, Duration limit) {
    if (handle.isAlive()) {
      Programs.signal(signal, handle.pid());
      if (!await(handle, limit)) {
        killTree(handle);
        return false;
      }
    }
    return true;
  }

  static void killTree(ProcessHandle handle) {
    // PostgreSQL's backends must be gone too, or the next start finds its shared memory in use
    List<ProcessHandle> children = handle.descendants().toList();
    handle.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    if (!await(handle, KILL_LIMIT)) {
      throw new StackException(
          "process %d is still there %s after SIGKILL".formatted(handle.pid(), KILL_LIMIT));
    }
    children.forEach(child -> await(child, KILL_LIMIT));
  }

  private static boolean await(ProcessHandle handle, Duration limit) {
    try {
      handle.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !handle.isAlive();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      return !handle.isAlive();
    }
  }
}
