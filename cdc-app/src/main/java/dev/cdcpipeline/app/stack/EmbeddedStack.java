package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.app.stack.Secrets.Role;
import dev.cdcpipeline.app.stack.StackOptions.Switch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * The whole pipeline on this machine: two PostgreSQL servers, a broker, a schema registry, a
 * Connect worker and, for the topic way, the Streams application, each a child process on loopback.
 *
 * <p>What it knows is in its data directory; a stack that is started again on the same directory
 * goes on where the last one was, on other ports. Servers that a killed launcher has left behind
 * are found and stopped first. Thread-safe.
 */
public final class EmbeddedStack implements CdcStack {
  /** What a look at the broker may take: it may be away. */
  private static final Map<String, Object> KAFKA_PATIENCE =
      Map.of("default.api.timeout.ms", "10000", "request.timeout.ms", "5000");

  private static final Duration CONNECTORS_LIMIT = Duration.ofMinutes(5);

  /** After a crash a connector may meet its own past self once. */
  private static final int TOLERATED_FAILURES = 2;

  private final StackOptions options;
  private final DataDirectory data;
  private final PostgresServer source;
  private final PostgresServer target;
  private final SchemaRegistry registry;
  private final BrokerLogin brokerLogin;
  private final String registryUrl;
  private final KafkaBroker broker;
  private final ConnectWorker connect;
  private final StreamsProcess streams;
  private final ConnectClient connectClient;
  private final Map<Service, RunningPiece> pieces = new EnumMap<>(Service.class);
  private final Supervisor supervisor;
  private final Thread shutdownHook = new Thread(this::close, "stack-shutdown");
  private volatile List<String> connectors = List.of();
  private volatile Duration startupTime = Duration.ZERO;
  private final Object closing = new Object();
  private boolean closed;

  private EmbeddedStack(StackOptions options, DataDirectory data) {
    this.options = options;
    this.data = data;
    Secrets secrets = Secrets.of(data.file("secrets.properties"));
    Site site =
        new Site(
            data,
            options.distribution(),
            secrets,
            options.listener(),
            options.has(Switch.QUICK_START),
            new HttpCall());
    Ports ports = new Ports(new Random());
    source =
        new PostgresServer(
            Service.SOURCE_DATABASE,
            site,
            "shop",
            Map.of(
                "cdc.shop_password", Role.SHOP,
                "cdc.connector_password", Role.CONNECTOR,
                "cdc.reader_password", Role.READER),
            ports.free());
    target =
        new PostgresServer(
            Service.TARGET_DATABASE,
            site,
            "analytics",
            Map.of("cdc.sink_password", Role.SINK, "cdc.analyst_password", Role.ANALYST),
            ports.free());
    registry = new SchemaRegistry(site, ports.free());
    brokerLogin = BrokerLogin.of(secrets);
    broker = new KafkaBroker(site, ports.free(), ports.free());
    registryUrl = options.registryUrl() == null ? registry.confluentUrl() : options.registryUrl();
    Wiring wiring = options.wiring();
    String brokerOfConnect = broker.bootstrapServers(Link.CONNECT_BROKER, wiring, ports);
    connect =
        new ConnectWorker(
            site,
            options.plugins(),
            ports.free(),
            brokerOfConnect,
            connectEnvironment(secrets, brokerOfConnect));
    connectClient = new ConnectClient(connect.url());
    supervisor = new Supervisor(options.listener(), connectClient);
    streams =
        new StreamsProcess(
            site,
            ports.free(),
            broker.bootstrapServers(Link.STREAMS_BROKER, wiring, ports),
            registryUrl(Link.STREAMS_REGISTRY));
    for (Service service : Service.values()) {
      if (isNeeded(service)) {
        pieces.put(
            service,
            new RunningPiece(
                pieceOf(service), data.log(service), options.listener(), this::pieceDied));
      }
    }
  }

  private boolean isNeeded(Service service) {
    return switch (service) {
      case STREAMS -> options.way().hasTopics();
      case REGISTRY -> options.registryUrl() == null;
      case CONNECT, BROKER, SOURCE_DATABASE, TARGET_DATABASE -> true;
    };
  }

  /** Where the caller of a link finds the Confluent API of the registry. */
  private String registryUrl(Link link) {
    return options.registryUrl() == null
        ? SchemaRegistry.confluentUrl(ownRegistryUrl(link))
        : options.registryUrl();
  }

  private String ownRegistryUrl(Link link) {
    return SchemaRegistry.url(options.wiring().port(link, registry.port()));
  }

  /** Addresses and passwords that the connectors' configurations refer to. */
  private Map<String, String> connectEnvironment(Secrets secrets, String brokers) {
    Wiring wiring = options.wiring();
    return Map.of(
        "CDC_SOURCE_HOST", "127.0.0.1",
        "CDC_SOURCE_PORT", Integer.toString(wiring.port(Link.CONNECT_SOURCE, source.port())),
        "CDC_SOURCE_DATABASE", "shop",
        "CDC_CONNECTOR_PASSWORD", secrets.password(Role.CONNECTOR),
        "CDC_TARGET_URL", target.url(wiring.port(Link.CONNECT_TARGET, target.port())),
        "CDC_SINK_PASSWORD", secrets.password(Role.SINK),
        "CDC_BOOTSTRAP_SERVERS", brokers,
        "CDC_REGISTRY_URL", ownRegistryUrl(Link.CONNECT_REGISTRY),
        "CDC_SCHEMA_REGISTRY_URL", registryUrl(Link.CONNECT_REGISTRY),
        "CDC_RESULTS_DIR", options.distribution().results().toString());
  }

  /**
   * Starts everything and waits until it works: all servers answer, the SQL files have run, the
   * topics exist, and every task of every connector runs.
   *
   * @throws StackException if a piece can't be started; the message names it and shows the end of
   *     its log. Nothing is left running
   */
  public static EmbeddedStack start(StackOptions options) {
    long begin = System.nanoTime();
    EmbeddedStack stack = new EmbeddedStack(options, DataDirectory.open(options.data()));
    boolean started = false;
    try {
      Runtime.getRuntime().addShutdownHook(stack.shutdownHook);
      stack.startAll();
      stack.startupTime = Duration.ofNanos(System.nanoTime() - begin);
      started = true;
      return stack;
    } finally {
      if (!started) {
        stack.close();
      }
    }
  }

  private void startAll() {
    new RegistryChoice(data).check(options.registryUrl());
    for (ServerProcesses.ServerProcess leftover : ServerProcesses.of(data.root()).find()) {
      options
          .listener()
          .progress(
              "stopping the %s (process %d) that a killed launcher left"
                  .formatted(leftover.service().title(), leftover.process().pid()));
      leftover.stop();
    }
    ExecutorService threads = Executors.newFixedThreadPool(pieces.size());
    try {
      failFast(starts(threads));
    } finally {
      threads.shutdownNow();
    }
    if (options.has(Switch.CONNECTORS)) {
      connectors =
          new ConnectorDeployer(connectClient)
              .deploy(options.distribution().infra().resolve("connectors"), options.way());
      new ConnectorRepair(connectClient, options.listener())
          .awaitRunning(connectors, TOLERATED_FAILURES, CONNECTORS_LIMIT);
    }
    RunningStack.announce(data.root(), endpoints());
    if (options.has(Switch.SUPERVISED)) {
      supervisor.watchConnectors();
      supervisor.watch(pieces.values());
      supervisor.watchTransactions(endpoints().kafkaClient(KAFKA_PATIENCE));
    }
  }

  /**
   * Connect waits for the broker by itself, so nearly all can start at once; the Streams
   * application asks for its topics first thing.
   */
  private List<CompletableFuture<Void>> starts(ExecutorService threads) {
    Map<Service, CompletableFuture<Void>> starts = new EnumMap<>(Service.class);
    pieces.forEach(
        (service, piece) -> {
          if (service != Service.STREAMS) {
            starts.put(service, CompletableFuture.runAsync(piece::start, threads));
          }
        });
    if (pieces.containsKey(Service.STREAMS)) {
      starts.put(
          Service.STREAMS,
          CompletableFuture.allOf(
                  Stream.of(Service.BROKER, Service.REGISTRY)
                      .map(starts::get)
                      .filter(Objects::nonNull)
                      .toArray(CompletableFuture[]::new))
              .thenRunAsync(pieces.get(Service.STREAMS)::start, threads));
    }
    return List.copyOf(starts.values());
  }

  /** Waits for all, or for the first that fails. */
  private static void failFast(List<CompletableFuture<Void>> starts) {
    CompletableFuture<Void> all = CompletableFuture.allOf(starts.toArray(CompletableFuture[]::new));
    CompletableFuture<Void> failed = new CompletableFuture<>();
    starts.forEach(
        start ->
            start.exceptionally(
                failure -> {
                  failed.completeExceptionally(failure);
                  return null;
                }));
    try {
      CompletableFuture.anyOf(all, failed).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StackException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private Piece pieceOf(Service service) {
    return switch (service) {
      case CONNECT -> connect;
      case STREAMS -> streams;
      case BROKER -> broker;
      case REGISTRY -> registry;
      case SOURCE_DATABASE -> source;
      case TARGET_DATABASE -> target;
    };
  }

  private void pieceDied(RunningPiece piece) {
    if (options.has(Switch.SUPERVISED)) {
      supervisor.restart(piece);
    }
  }

  @Override
  public Endpoints endpoints() {
    return new Endpoints(
        source.url(Role.SHOP),
        target.url(Role.ANALYST),
        broker.bootstrapServers(),
        registryUrl,
        connect.url(),
        brokerLogin.client());
  }

  @Override
  public String sourceAdminJdbcUrl() {
    return source.url(Role.SUPERUSER);
  }

  /** The source as the role that may only read. */
  public String sourceReaderJdbcUrl() {
    return source.url(Role.READER);
  }

  /** The target as the role that owns what the sink has made. */
  public String sinkJdbcUrl() {
    return target.url(Role.SINK);
  }

  @Override
  public String targetAdminJdbcUrl() {
    return target.url(Role.SUPERUSER);
  }

  /** From the call of {@link #start(StackOptions)} until everything worked. */
  public Duration startupTime() {
    return startupTime;
  }

  @Override
  public void start(Service service) {
    piece(service).start();
  }

  @Override
  public void stop(Service service) {
    piece(service).stop();
  }

  /** Kills a piece as a crash would. A supervised stack starts it again by itself. */
  @Override
  public void kill(Service service) {
    piece(service).kill();
  }

  @Override
  public void discardStreamsState() {
    if (isRunning(Service.STREAMS)) {
      throw new StackException("the Streams application is running; stop it first");
    }
    streams.discardState();
  }

  private RunningPiece piece(Service service) {
    RunningPiece piece = pieces.get(service);
    if (piece == null) {
      throw new StackException(
          service == Service.REGISTRY
              ? "this stack has no registry of its own: it uses the one at "
                  + HttpAddress.of(registryUrl)
              : "this stack has no %s: it goes by way %s"
                  .formatted(service.title(), options.way()));
    }
    return piece;
  }

  @Override
  public boolean isRunning(Service service) {
    return pieces.containsKey(service) && pieces.get(service).isRunning();
  }

  @Override
  public String lastLog(Service service) {
    return LogTail.of(data.log(service));
  }

  /** The file that holds what a piece has said. */
  public Path log(Service service) {
    return data.log(service);
  }

  /** The directory that holds the stack's data. */
  public Path dataDirectory() {
    return data.root();
  }

  @Override
  public void awaitConnectors(Duration limit) {
    awaitConnectors(connectors, limit);
  }

  /**
   * Waits until every task of connectors that were put by hand runs, starting failed ones again.
   *
   * @throws StackException if the time is over; the message gives their states
   */
  public void awaitConnectors(List<String> connectors, Duration limit) {
    new ConnectorRepair(connectClient, options.listener())
        .awaitRunning(connectors, Integer.MAX_VALUE, limit);
  }

  /**
   * Stops everything in order: Connect and the Streams application, the broker, then the others.
   * Does nothing the second time.
   */
  @Override
  public void close() {
    if (Thread.currentThread() != shutdownHook) {
      forgetShutdownHook();
    }
    // whoever comes second waits: a JVM that goes down must not do so before the servers have
    synchronized (closing) {
      if (closed) {
        return;
      }
      closed = true;
      supervisor.close();
      RunningStack.withdraw(data.root());
      // both talk to the broker until the end
      Stream.of(Service.CONNECT, Service.STREAMS)
          .filter(pieces::containsKey)
          .parallel()
          .map(pieces::get)
          .forEach(RunningPiece::close);
      pieces.get(Service.BROKER).close();
      pieces.values().parallelStream().forEach(RunningPiece::close);
      data.close();
    }
  }

  private void forgetShutdownHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // the JVM is going down already; the hook waits for the same lock
      return;
    }
  }
}
