package dev.cdcpipeline.app.storm.stage;

import dev.cdcpipeline.app.net.LinkProxy;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.Link;
import dev.cdcpipeline.app.stack.RunningStack;
import dev.cdcpipeline.app.stack.ServerProcesses;
import dev.cdcpipeline.app.stack.ServerProcesses.ServerProcess;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackException;
import dev.cdcpipeline.app.stack.Way;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * A supervised embedded stack in a launcher's process of its own, with a proxy on every link
 * between two parts. Where its servers answer changes when the launcher is started again, so ask
 * each time. Thread-safe.
 */
public final class StormStack implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofMinutes(10);
  private static final int LAUNCHES = 3;
  private static final Duration STOP_LIMIT = Duration.ofMinutes(2);
  private static final long LOOK_MILLIS = 100;

  private final Path data;
  private final Way way;
  private final Path log;
  private final Path ports;
  private final LargeTransactions largeTransactions = new LargeTransactions();
  private final Map<Link, LinkProxy> proxies = new EnumMap<>(Link.class);
  private final Thread shutdownHook = new Thread(this::close, "storm-stack-shutdown");
  private final Object launches = new Object();
  private Optional<SmallDisk> disk = Optional.empty();
  private volatile RunningStack running;
  private Process launcher;
  private volatile boolean closing;
  private boolean closed;

  private StormStack(Path data, Way way) {
    this.data = data.toAbsolutePath().normalize();
    this.way = way;
    // makes the directory, and closes it to others before anything is put there
    this.log = RunningStack.launcherLog(this.data);
    this.ports = this.data.resolve("ports");
  }

  /**
   * Starts the proxies, the launcher and all servers, without connectors.
   *
   * @param data the directory for everything the stack keeps
   * @throws StackException if it can't be started; nothing is left running
   */
  public static StormStack start(Path data, Way way) throws IOException, InterruptedException {
    StormStack stack = new StormStack(data, way);
    boolean started = false;
    try {
      Runtime.getRuntime().addShutdownHook(stack.shutdownHook);
      stack.startProxies();
      stack.disk = SmallDisk.mount();
      stack.launch();
      started = true;
      return stack;
    } finally {
      if (!started) {
        stack.close();
      }
    }
  }

  private void startProxies() throws IOException {
    Map<Link, Integer> listening = new EnumMap<>(Link.class);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    for (Link link : Link.values()) {
      LinkProxy proxy = new LinkProxy(() -> ProxyPorts.server(ports, link, loopback));
      proxies.put(link, proxy);
      listening.put(link, proxy.port());
    }
    ProxyPorts.write(ports, listening);
  }

  /**
   * Starts the launcher, which stops the servers that one before it has left, and waits until all
   * servers answer. Does nothing if it runs. A launcher gives up if a fault kills a server before
   * it has answered; it is started again then, as a service manager would.
   *
   * @throws StackException if they don't
   */
  public void launch() throws IOException, InterruptedException {
    synchronized (launches) {
      if (closed || (launcher != null && launcher.isAlive())) {
        return;
      }
      for (int launch = 0; launch < LAUNCHES; launch++) {
        Process process =
            new ProcessBuilder(
                    RunningStack.launcherCommand(
                        StormLauncher.class, data.toString(), way.name(), ports.toString()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        launcher = process;
        Optional<RunningStack> started = awaitLaunch(process);
        if (started.isPresent()) {
          running = started.get();
          return;
        }
        if (process.isAlive() || closing) {
          break;
        }
      }
    }
    throw new StackException(
        "the storm's stack could not be started on %s; %s says:%n%s"
            .formatted(data, log, Files.readString(log).strip()));
  }

  /** The stack of a launcher; empty if that has ended, or takes too long. */
  private Optional<RunningStack> awaitLaunch(Process process)
      throws InterruptedException, IOException {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (System.nanoTime() < deadline && !closing) {
      Optional<RunningStack> found =
          RunningStack.find(data).filter(stack -> stack.launcherPid() == process.pid());
      if (found.isPresent() || process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** Kills the launcher and none of its servers; {@link #launch} brings another. */
  public void killLauncher() {
    synchronized (launches) {
      launcher.destroyForcibly().onExit().join();
    }
  }

  /** The directory of all that the stack keeps. */
  public Path data() {
    return data;
  }

  /** Which ways it goes. */
  public Way way() {
    return way;
  }

  /** Where its servers answer at the moment, none of them through a proxy. */
  public Endpoints endpoints() {
    return running.endpoints();
  }

  /** Connect's REST API at the moment. */
  public ConnectClient connect() {
    return new ConnectClient(endpoints().connectUrl());
  }

  /** Opens a connection to the source as the shop. */
  public Connection source() throws SQLException {
    return open(endpoints().sourceJdbcUrl());
  }

  /** Opens a connection to the source as superuser. */
  public Connection sourceAsSuperuser() throws SQLException {
    return open(sourceAdminUrl());
  }

  /** The source as superuser. */
  public String sourceAdminUrl() {
    return running.sourceAdminJdbcUrl();
  }

  /** Opens a connection to the target as the analyst. */
  public Connection target() throws SQLException {
    return open(endpoints().targetJdbcUrl());
  }

  /** Opens a connection to the target as superuser. */
  public Connection targetAsSuperuser() throws SQLException {
    return open(running.targetAdminJdbcUrl());
  }

  private static Connection open(String url) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "cdc storm");
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("loginTimeout", "10");
    // a frozen server answers nothing, for less than this
    properties.setProperty("socketTimeout", "90");
    return DriverManager.getConnection(url, properties);
  }

  /** The processes of a server: one, or none, or a second worker beside the first. */
  public List<ServerProcess> processes(Service service) {
    return ServerProcesses.of(data).find().stream()
        .filter(process -> process.service() == service)
        .toList();
  }

  /** The proxy between two parts. */
  public LinkProxy proxy(Link link) {
    return proxies.get(link);
  }

  /** The large transactions of the source, as they are committed. */
  public LargeTransactions largeTransactions() {
    return largeTransactions;
  }

  /** The links that somebody uses. */
  public List<Link> links() {
    return proxies.keySet().stream().filter(link -> StormLauncher.isUsed(link, way)).toList();
  }

  /** The small disk for the target's tables; empty where there can be none. */
  public Optional<SmallDisk> disk() {
    return disk;
  }

  /** Ends every fault of every link. */
  public void restoreLinks() {
    proxies.values().forEach(LinkProxy::restore);
  }

  /** Stops launcher and servers, whatever state they are in. Does nothing the second time. */
  @Override
  public void close() {
    // breaks off a launch that is waited for
    closing = true;
    synchronized (launches) {
      if (closed) {
        return;
      }
      closed = true;
      forgetShutdownHook();
      restoreLinks();
      ServerProcesses.of(data).find().forEach(ServerProcess::thaw);
      stopLauncher();
      // those of a launcher that was killed
      ServerProcesses.of(data).find().forEach(ServerProcess::kill);
      proxies.values().forEach(LinkProxy::close);
      disk.ifPresent(StormStack::unmount);
    }
  }

  private static void unmount(SmallDisk disk) {
    try {
      disk.unmount();
    } catch (IOException e) {
      throw new StackException("cannot unmount the target's small disk", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stopLauncher() {
    if (launcher == null || !launcher.isAlive()) {
      return;
    }
    try {
      launcher.getOutputStream().close();
      if (!launcher.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        launcher.destroyForcibly();
      }
    } catch (IOException e) {
      launcher.destroyForcibly();
    } catch (InterruptedException e) {
      launcher.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void forgetShutdownHook() {
    if (Thread.currentThread() == shutdownHook) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // the JVM is going down already; the hook waits for the same lock
      return;
    }
  }
}
