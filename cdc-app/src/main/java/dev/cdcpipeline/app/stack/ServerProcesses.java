package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds the servers that run on a data directory, whoever started them: those that a killed
 * launcher has left behind, or those of a stack that another process keeps.
 *
 * <p>Every server carries its data directory among its first arguments. Looking for that in the
 * process table can't take a stranger's process for one of ours, as a stale pid file can, and finds
 * a server that was started a moment before its launcher was killed.
 */
public final class ServerProcesses {
  private static final String MARK = "cdc.piece=";

  private final Path root;
  private final Supplier<Stream<ProcessHandle>> processes;

  ServerProcesses(Path root, Supplier<Stream<ProcessHandle>> processes) {
    this.root = root;
    this.processes = processes;
  }

  /** Those of a data directory. */
  public static ServerProcesses of(Path data) {
    return new ServerProcesses(data.toAbsolutePath().normalize(), ProcessHandle::allProcesses);
  }

  /** The argument by which a server of this data directory is known. */
  static String mark(Service service, Path root) {
    return MARK + service.id() + "@" + root;
  }

  /** A server that is running. */
  public record ServerProcess(Service service, ProcessHandle process) {

    /** Asks it to end, and kills it when it has not done so in time. */
    void stop() {
      boolean isDatabase = service == Service.SOURCE_DATABASE || service == Service.TARGET_DATABASE;
      ChildProcess.stop(
          process, isDatabase ? PostgresServer.STOP_SIGNAL : "TERM", ClassData.STOP_LIMIT);
    }

    /** Kills it and the processes it has started, and waits until they are gone. */
    public void kill() {
      ChildProcess.killTree(process);
    }

    /** Stops it and the processes it has started as they are, until {@link #thaw}. */
    public void freeze() {
      signal("STOP");
    }

    /** Lets it and the processes it has started go on. */
    public void thaw() {
      signal("CONT");
    }

    private void signal(String signal) {
      List<ProcessHandle> children = process.descendants().toList();
      Programs.signal(signal, process.pid());
      children.forEach(child -> Programs.signal(signal, child.pid()));
    }
  }

  /** The servers that are running, in the order in which they must be stopped. */
  public List<ServerProcess> find() {
    return processes
        .get()
        .flatMap(process -> server(process).stream())
        .sorted(Comparator.comparing(ServerProcess::service))
        .toList();
  }

  private Optional<ServerProcess> server(ProcessHandle process) {
    // long command lines come without their parts, so look at the whole
    String command = process.info().commandLine().orElse("");
    if (!command.contains(MARK)) {
      return Optional.empty();
    }
    for (Service service : Service.values()) {
      if (command.contains(mark(service, root) + " ")) {
        return Optional.of(new ServerProcess(service, process));
      }
    }
    return Optional.empty();
  }
}
