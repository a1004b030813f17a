package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** A Kafka broker that is its own controller. */
final class KafkaBroker implements Piece {
  private final DataDirectory data;
  private final Distribution distribution;
  private final ClassData classData;
  private final boolean quickStart;
  private final int port;
  private final int controllerPort;
  private final List<Entrance> entrances = new ArrayList<>();

  /**
   * A listener for clients that call somebody in between.
   *
   * @param name of the listener
   * @param port where the broker listens
   * @param advertised where it sends clients that ask
   */
  private record Entrance(String name, int port, int advertised) {
    private String listener(int at) {
      return ",%s://127.0.0.1:%d".formatted(name, at);
    }
  }

  KafkaBroker(
      DataDirectory data,
      Distribution distribution,
      boolean quickStart,
      int port,
      int controllerPort) {
    this.data = data;
    this.distribution = distribution;
    this.classData = ClassData.of(Service.BROKER, distribution.kafkaJars(), CacheDirectory.find());
    this.quickStart = quickStart;
    this.port = port;
    this.controllerPort = controllerPort;
  }

  @Override
  public Service service() {
    return Service.BROKER;
  }

  String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /**
   * Where the clients of a link find the broker: a broker sends its clients to the address that it
   * advertises, so that those who call somebody in between need a listener of their own.
   */
  String bootstrapServers(Link link, Wiring wiring, Ports ports) {
    if (wiring == Wiring.DIRECT) {
      return bootstrapServers();
    }
    int own = ports.free();
    int called = wiring.port(link, own);
    entrances.add(new Entrance(link.name(), own, called));
    return "127.0.0.1:" + called;
  }

  @Override
  public boolean leavesClassData() {
    return classData.isMissing();
  }

  @Override
  public Duration stopLimit() {
    return leavesClassData() ? ClassData.STOP_LIMIT : Piece.super.stopLimit();
  }

  @Override
  public void stopped(boolean orderly) {
    classData.keep(orderly);
  }

  @Override
  public Launch launch() {
    Properties properties =
        DataDirectory.load(distribution.infra().resolve("kafka/broker.properties"));
    StringBuilder listeners = new StringBuilder("PLAINTEXT://127.0.0.1:" + port);
    StringBuilder advertised = new StringBuilder(listeners);
    StringBuilder protocols =
        new StringBuilder(properties.getProperty("listener.security.protocol.map"));
    for (Entrance entrance : entrances) {
      listeners.append(entrance.listener(entrance.port()));
      advertised.append(entrance.listener(entrance.advertised()));
      protocols.append(",").append(entrance.name()).append(":PLAINTEXT");
    }
    listeners.append(",CONTROLLER://127.0.0.1:").append(controllerPort);
    properties.setProperty("listeners", listeners.toString());
    properties.setProperty("advertised.listeners", advertised.toString());
    properties.setProperty("listener.security.protocol.map", protocols.toString());
    properties.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    properties.setProperty("log.dirs", data.of(service()).toString());
    Path file = data.run("broker.properties");
    DataDirectory.store(file, properties);
    List<String> command =
        new JavaCommand(service(), data.root())
            .quickStart(quickStart)
            .with("-Xmx384m", "-Dlog4j2.configurationFile=" + distribution.logConfiguration())
            .with(classData.options())
            .classPath(distribution.kafkaJars())
            .with("dev.cdcpipeline.runtime.kafka.BrokerProcess", file.toString())
            .words();
    return new Launch(command, Map.of(), data.root());
  }

  @Override
  public boolean answers() throws InterruptedException, ExecutionException, TimeoutException {
    // a client that finds nobody logs a warning for every try, so knock first
    if (!Ports.isOpen(port)) {
      return false;
    }
    try (Admin admin = admin()) {
      return !admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).isEmpty();
    }
  }

  @Override
  public void settle() {
    try (Admin admin = admin()) {
      Topics.read(distribution.infra().resolve("topics.json")).create(admin);
    }
  }

  private Admin admin() {
    return Admin.create(
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers(),
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "30000",
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000"));
  }
}
