package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds the servers that a killed launcher has left behind.
 *
 * <p>Every server carries its data directory among its first arguments. Looking for that in the
 * process table can't take a stranger's process for one of ours, as a stale pid file can, and finds
 * a server that was started a moment before its launcher was killed.
 */
final class Leftovers {
  private static final String MARK = "cdc.piece=";

  private final Path root;
  private final Supplier<Stream<ProcessHandle>> processes;

  Leftovers(Path root, Supplier<Stream<ProcessHandle>> processes) {
    this.root = root;
    this.processes = processes;
  }

  /** The argument by which a server of this data directory is known. */
  static String mark(Service service, Path root) {
    return MARK + service.id() + "@" + root;
  }

  /** A server that is still running. */
  record Leftover(Service service, ProcessHandle process) {
    /** Asks it to end, and kills it when it has not done so in time. */
    void stop() {
      boolean isDatabase = service == Service.SOURCE_DATABASE || service == Service.TARGET_DATABASE;
      ChildProcess.stop(
          process, isDatabase ? PostgresServer.STOP_SIGNAL : "TERM", ClassData.STOP_LIMIT);
    }
  }

  /** The servers still running, in the order in which they must be stopped. */
  List<Leftover> find() {
    return processes
        .get()
        .flatMap(process -> leftover(process).stream())
        .sorted(Comparator.comparing(Leftover::service))
        .toList();
  }

  private Optional<Leftover> leftover(ProcessHandle process) {
    // long command lines come without their parts, so look at the whole
    String command = process.info().commandLine().orElse("");
    if (!command.contains(MARK)) {
      return Optional.empty();
    }
    for (Service service : Service.values()) {
      if (command.contains(mark(service, root) + " ")) {
        return Optional.of(new Leftover(service, process));
      }
    }
    return Optional.empty();
  }
}
