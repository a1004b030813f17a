package dev.cdcpipeline.app.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A stack that another process has started: where it answers, and how to end it. */
public final class RunningStack {
  private static final String FILE = "stack.properties";

  private final Path data;
  private final Endpoints endpoints;
  private final ProcessHandle launcher;

  private RunningStack(Path data, Endpoints endpoints, ProcessHandle launcher) {
    this.data = data;
    this.endpoints = endpoints;
    this.launcher = launcher;
  }

  /**
   * The stack that runs on a data directory; empty if none has answered there yet, or its launcher
   * is gone.
   */
  public static Optional<RunningStack> find(Path data) {
    Path file = data.resolve(FILE);
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    Properties properties = DataDirectory.load(file);
    Endpoints endpoints =
        new Endpoints(
            properties.getProperty("source"),
            properties.getProperty("target"),
            properties.getProperty("bootstrap.servers"),
            properties.getProperty("registry"),
            properties.getProperty("connect"),
            Endpoints.kafkaSecurity(properties));
    String started = properties.getProperty("launcher.started");
    return ProcessHandle.of(Long.parseLong(properties.getProperty("launcher.pid")))
        .filter(process -> process.isAlive() && startOf(process).equals(started))
        .map(process -> new RunningStack(data, endpoints, process));
  }

  /**
   * The file for what a launcher in the background says, made if it is missing; only its owner can
   * read it.
   *
   * @throws StackException if the data directory can't be used
   */
  public static Path launcherLog(Path data) {
    return DataDirectory.launcherLog(data);
  }

  /**
   * The command of a launcher in a process of its own, on this one's class path and distribution.
   *
   * @param main the class that it runs
   */
  public static List<String> launcherCommand(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(JavaCommand.java());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-D" + Distribution.HOME_PROPERTY + "=" + Distribution.locate().home());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /**
   * Stops the servers that a killed launcher has left on a data directory, in order.
   *
   * @param listener told of each before it is stopped
   * @return how many there were
   * @throws StackException if a launcher is at work there, one that is just starting included
   */
  public static int stopLeftovers(Path data, Consumer<String> listener) {
    Path root = data.toAbsolutePath().normalize();
    ServerProcesses leftovers = ServerProcesses.of(root);
    if (leftovers.find().isEmpty()) {
      return 0;
    }
    try (DataDirectory locked = DataDirectory.open(root)) {
      List<ServerProcesses.ServerProcess> found = leftovers.find();
      for (ServerProcesses.ServerProcess leftover : found) {
        listener.accept(
            "stopping the %s (process %d) that a killed launcher left on %s"
                .formatted(leftover.service().title(), leftover.process().pid(), locked.root()));
        leftover.stop();
      }
      withdraw(root);
      return found.size();
    }
  }

  /** Writes down that this process runs a stack. */
  static void announce(Path data, Endpoints endpoints) {
    ProcessHandle self = ProcessHandle.current();
    Properties properties = new Properties();
    properties.setProperty("source", endpoints.sourceJdbcUrl());
    properties.setProperty("target", endpoints.targetJdbcUrl());
    properties.setProperty("bootstrap.servers", endpoints.bootstrapServers());
    properties.setProperty("registry", endpoints.registryUrl());
    properties.setProperty("connect", endpoints.connectUrl());
    endpoints
        .kafkaSecurity()
        .forEach((name, value) -> properties.setProperty(Endpoints.KAFKA_PREFIX + name, value));
    properties.setProperty("launcher.pid", Long.toString(self.pid()));
    properties.setProperty("launcher.started", startOf(self));
    DataDirectory.store(data.resolve(FILE), properties);
  }

  /** Takes that back. */
  static void withdraw(Path data) {
    data.resolve(FILE).toFile().delete();
  }

  /**
   * A pid alone may have been given to another process since; with the second it was started it
   * can't.
   */
  private static String startOf(ProcessHandle process) {
    return process
        .info()
        .startInstant()
        .map(start -> Long.toString(start.getEpochSecond()))
        .orElse("");
  }

  /** Where its pieces answer. */
  public Endpoints endpoints() {
    return endpoints;
  }

  /** JDBC URL of the source database as superuser, for tests and for repairs. */
  public String sourceAdminJdbcUrl() {
    return asSuperuser(endpoints.sourceJdbcUrl());
  }

  /** JDBC URL of the target database as superuser, for tests and for repairs. */
  public String targetAdminJdbcUrl() {
    return asSuperuser(endpoints.targetJdbcUrl());
  }

  private String asSuperuser(String url) {
    return PostgresServer.url(
        url.substring(0, url.indexOf('?')),
        Secrets.of(data.resolve("secrets.properties")),
        Secrets.Role.SUPERUSER);
  }

  /** The process that started it. */
  public long launcherPid() {
    return launcher.pid();
  }

  /** Whether its launcher still runs. */
  public boolean isAlive() {
    return launcher.isAlive();
  }

  /**
   * Asks its launcher to stop everything and end, and waits.
   *
   * @return whether it has ended in time
   */
  public boolean stop(Duration limit) {
    launcher.destroy();
    try {
      launcher.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException e) {
      return !launcher.isAlive();
    }
  }
}
