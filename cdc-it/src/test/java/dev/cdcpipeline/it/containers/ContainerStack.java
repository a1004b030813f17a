package dev.cdcpipeline.it.containers;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import dev.cdcpipeline.app.stack.CdcStack;
import dev.cdcpipeline.app.stack.Deployment;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.HttpAddress;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackListener;
import dev.cdcpipeline.app.stack.Way;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.awaitility.Awaitility;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.utility.DockerImageName;

/**
 * The whole pipeline in containers on one network, on the images and the deployment files that
 * {@code compose.yaml} names. Thread-safe but for {@link #close()}.
 */
public final class ContainerStack implements CdcStack {
  private static final Duration ANSWER_LIMIT = Duration.ofMinutes(5);
  private static final Duration CONNECTORS_LIMIT = Duration.ofMinutes(10);
  private static final int TOLERATED_FAILURES = 2;

  /** Those that need the others first; the Streams application its topics, too. */
  private static final Set<Service> LATE = Set.of(Service.CONNECT, Service.STREAMS);

  private static final int STOP_SECONDS = 60;
  private static final int LOG_LINES = 15;

  private final DockerClient docker = DockerClientFactory.instance().client();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Network network = Network.newNetwork();
  private final Map<String, String> passwords;
  private final Pieces pieces;
  private final Map<Service, GenericContainer<?>> containers = new EnumMap<>(Service.class);

  /** How one sees that a piece answers. */
  private final Map<Service, Callable<Boolean>> probes =
      Map.of(
          Service.SOURCE_DATABASE, () -> connects(sourceAdminJdbcUrl()),
          Service.TARGET_DATABASE, () -> connects(targetAdminJdbcUrl()),
          Service.BROKER, this::brokerAnswers,
          Service.REGISTRY, () -> get(endpoints().registryUrl(), "/subjects") == 200,
          Service.CONNECT, () -> get(endpoints().connectUrl(), "/connectors") == 200,
          Service.STREAMS, () -> get(url(Service.STREAMS), "/status") == 200);

  private final Way way;
  private List<String> connectors = List.of();
  private boolean closed;

  private ContainerStack(Path infra, Way way) {
    this.way = way;
    this.passwords =
        randomPasswords("postgres", "shop", "connector", "reader", "sink", "analyst", "connect");
    this.pieces = new Pieces(Images.find(infra, System.getenv()), infra, network);
    containers.put(
        Service.SOURCE_DATABASE,
        pieces.postgres(
            Service.SOURCE_DATABASE,
            "shop",
            passwords.get("postgres"),
            passwords("shop", "connector", "reader")));
    containers.put(
        Service.TARGET_DATABASE,
        pieces.postgres(
            Service.TARGET_DATABASE,
            "analytics",
            passwords.get("postgres"),
            passwords("sink", "analyst")));
    containers.put(Service.BROKER, pieces.broker());
    containers.put(Service.REGISTRY, pieces.registry());
    containers.put(
        Service.CONNECT,
        pieces.connect(
            passwords.get("connector"), passwords.get("sink"), passwords.get("connect")));
    if (way.hasTopics()) {
      containers.put(Service.STREAMS, pieces.streams());
    }
  }

  /**
   * Why there can be no containers on this machine: Docker doesn't answer, or has not the images
   * that nobody publishes. Empty if there can be.
   */
  public static Optional<String> whyNotHere() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      return Optional.of("Docker does not answer; start it and see `docker info`");
    }
    String named = System.getenv("DOCKER_HOST");
    String found = DockerClientFactory.instance().getTransportConfig().getDockerHost().toString();
    if (named != null && !named.isEmpty() && !named.equals(found)) {
      // Testcontainers goes on to others where that one does not answer
      return Optional.of(
          "Docker does not answer at DOCKER_HOST=%s; correct it, or unset it to use %s"
              .formatted(named, found));
    }
    Images images = Images.find(Distribution.locate().infra(), System.getenv());
    return images.ours().stream()
        .filter(image -> !isHere(image))
        .findFirst()
        .map(
            image ->
                "there is no image %s; build them with infra/images/build-local.sh or `docker compose -f infra/compose.yaml build`"
                    .formatted(image));
  }

  private static boolean isHere(DockerImageName image) {
    try {
      DockerClientFactory.instance().client().inspectImageCmd(image.asCanonicalNameString()).exec();
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }

  /**
   * Starts every container and waits until every task of every connector runs.
   *
   * @param way which connectors are put, and whether the Streams application is started
   * @throws RuntimeException if one can't be started; nothing is left running
   */
  public static ContainerStack start(Way way) {
    Path infra = Distribution.locate().infra();
    ContainerStack stack = new ContainerStack(infra, way);
    boolean started = false;
    try {
      stack.startAll(infra);
      started = true;
      return stack;
    } finally {
      if (!started) {
        stack.close();
      }
    }
  }

  private void startAll(Path infra) {
    Startables.deepStart(
            containers.entrySet().stream()
                .filter(piece -> !LATE.contains(piece.getKey()))
                .map(Map.Entry::getValue))
        .join();
    containers.get(Service.CONNECT).start();
    Deployment deployment = new Deployment(endpoints(), StackListener.NONE);
    deployment.createTopics(infra.resolve("topics.json"));
    deployment.requireCompatibleSchemas();
    if (way.hasTopics()) {
      containers.get(Service.STREAMS).start();
    }
    connectors = deployment.putConnectors(infra.resolve("connectors"), way);
    deployment.awaitRunning(connectors, TOLERATED_FAILURES, CONNECTORS_LIMIT);
  }

  @Override
  public Endpoints endpoints() {
    return new Endpoints(
        jdbcUrl(Service.SOURCE_DATABASE, "shop", "shop", "shop"),
        jdbcUrl(Service.TARGET_DATABASE, "analytics", "analyst", "analyst"),
        "127.0.0.1:" + pieces.port(Service.BROKER),
        url(Service.REGISTRY) + "/apis/ccompat/v7",
        url(Service.CONNECT)
            .replace("http://", "http://connect:" + passwords.get("connect") + "@"));
  }

  @Override
  public String sourceAdminJdbcUrl() {
    return jdbcUrl(Service.SOURCE_DATABASE, "shop", "postgres", "postgres");
  }

  @Override
  public String targetAdminJdbcUrl() {
    return jdbcUrl(Service.TARGET_DATABASE, "analytics", "postgres", "postgres");
  }

  private String jdbcUrl(Service service, String database, String user, String password) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s&password=%s"
        .formatted(pieces.port(service), database, user, passwords.get(password));
  }

  private String url(Service service) {
    return "http://127.0.0.1:" + pieces.port(service);
  }

  @Override
  public void start(Service service) {
    docker.startContainerCmd(containers.get(service).getContainerId()).exec();
    Awaitility.await("the " + service.title() + " answers")
        .atMost(ANSWER_LIMIT)
        .pollInterval(Duration.ofMillis(250))
        .failFast("it has ended; " + service.title(), () -> !isRunning(service))
        .ignoreExceptions()
        .until(probes.get(service));
  }

  private static boolean connects(String url) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url)) {
      return connection.isValid(5);
    }
  }

  private boolean brokerAnswers() throws Exception {
    try (Admin admin =
        Admin.create(
            endpoints()
                .kafkaClient(
                    Map.of(
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        "10000",
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        "5000")))) {
      return !admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).isEmpty();
    }
  }

  private int get(String url, String path) throws IOException, InterruptedException {
    HttpRequest request = HttpAddress.of(url).request(path).timeout(Duration.ofSeconds(10)).build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  @Override
  public void stop(Service service) {
    docker
        .stopContainerCmd(containers.get(service).getContainerId())
        .withTimeout(STOP_SECONDS)
        .exec();
  }

  @Override
  public void kill(Service service) {
    docker.killContainerCmd(containers.get(service).getContainerId()).withSignal("KILL").exec();
    Awaitility.await("the container of the " + service.title() + " has ended")
        .atMost(Duration.ofSeconds(60))
        .until(() -> !isRunning(service));
  }

  /** Its volume has no name and goes with its container; a new one takes its place, not started. */
  @Override
  public void discardStreamsState() {
    GenericContainer<?> streams = containers.get(Service.STREAMS);
    streams.stop();
    streams.start();
    stop(Service.STREAMS);
  }

  @Override
  public boolean isRunning(Service service) {
    return containers.containsKey(service) && containers.get(service).isRunning();
  }

  @Override
  public void awaitConnectors(Duration limit) {
    new Deployment(endpoints(), StackListener.NONE)
        .awaitRunning(connectors, Integer.MAX_VALUE, limit);
  }

  @Override
  public String lastLog(Service service) {
    GenericContainer<?> container = containers.get(service);
    if (container == null || container.getContainerId() == null) {
      return "there is no container of it";
    }
    List<String> lines = container.getLogs().lines().toList();
    return "the last lines of container %s:%n    %s"
        .formatted(
            container.getContainerName(),
            String.join(
                System.lineSeparator() + "    ",
                lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())));
  }

  /** Removes the containers with their volumes, and the network. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    Stream.of(Service.values())
        .filter(containers::containsKey)
        .forEach(service -> containers.get(service).stop());
    network.close();
  }

  private Map<String, String> passwords(String... names) {
    Map<String, String> some = new TreeMap<>();
    Stream.of(names).forEach(name -> some.put(name, passwords.get(name)));
    return some;
  }

  private static Map<String, String> randomPasswords(String... names) {
    SecureRandom random = new SecureRandom();
    Map<String, String> passwords = new TreeMap<>();
    for (String name : names) {
      byte[] bytes = new byte[12];
      random.nextBytes(bytes);
      passwords.put(name, HexFormat.of().formatHex(bytes));
    }
    return passwords;
  }
}
