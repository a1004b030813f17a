package dev.cdcpipeline.app.storm.stage;

import dev.cdcpipeline.app.stack.ServerProcesses.ServerProcess;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * A second Connect worker in the first one's group: the first one's command and environment, as
 * Linux shows them, with another port. Nobody starts it again when it dies.
 */
public final class SecondWorker {
  private static final int STOP_SECONDS = 30;

  private final Process process;

  private SecondWorker(Process process) {
    this.process = process;
  }

  /**
   * Starts one beside the worker that runs.
   *
   * @throws IOException if there is none, or its command can't be read
   */
  public static SecondWorker join(StormStack stack) throws IOException {
    List<ServerProcess> workers = stack.processes(Service.CONNECT);
    if (workers.isEmpty()) {
      throw new IOException("there is no first worker at the moment");
    }
    Path proc = Path.of("/proc", Long.toString(workers.get(0).process().pid()));
    List<String> command = new ArrayList<>(words(proc.resolve("cmdline")));
    // what it would leave for quicker starts is the first one's to leave
    command.removeIf(word -> word.startsWith("-XX:ArchiveClassesAtExit"));
    int last = command.size() - 1;
    command.set(last, otherPort(Path.of(command.get(last))).toString());
    Path log = stack.data().resolve("logs/connect-2.log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(stack.data().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Map<String, String> environment = builder.environment();
    environment.clear();
    for (String variable : words(proc.resolve("environ"))) {
      int equals = variable.indexOf('=');
      environment.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    return new SecondWorker(builder.start());
  }

  private static List<String> words(Path file) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    if (text.isEmpty()) {
      throw new IOException("the first worker has just ended");
    }
    return List.of(text.split("\0"));
  }

  private static Path otherPort(Path properties) throws IOException {
    Properties worker = new Properties();
    try (var reader = Files.newBufferedReader(properties)) {
      worker.load(reader);
    }
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      worker.setProperty("listeners", "http://127.0.0.1:" + free.getLocalPort());
    }
    Path other = properties.resolveSibling("connect-2.properties");
    try (var writer = Files.newBufferedWriter(other)) {
      worker.store(writer, null);
    }
    return other;
  }

  /** Asks it to leave, and waits; kills it when it takes too long. */
  public void leave() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      kill();
    }
  }

  /** Kills it as a crash would. */
  public void kill() throws InterruptedException {
    if (!process.destroyForcibly().waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      throw new StackException("the second worker is still there after SIGKILL");
    }
  }
}
