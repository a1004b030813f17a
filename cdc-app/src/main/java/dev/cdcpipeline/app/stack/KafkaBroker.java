package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** A Kafka broker that is its own controller; both ask every client for the stack's password. */
final class KafkaBroker implements Piece {
  private static final String CLIENTS = "CLIENTS";
  private static final String CONTROLLER = "CONTROLLER";

  private final Site site;
  private final BrokerLogin login;
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

  KafkaBroker(Site site, int port, int controllerPort) {
    this.site = site;
    this.login = BrokerLogin.of(site.secrets());
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
  public Launch launch() {
    Properties properties = DataDirectory.load(site.infra("kafka/broker.properties"));
    StringBuilder listeners = new StringBuilder(CLIENTS + "://127.0.0.1:" + port);
    StringBuilder advertised = new StringBuilder(listeners);
    for (Entrance entrance : entrances) {
      listeners.append(entrance.listener(entrance.port()));
      advertised.append(entrance.listener(entrance.advertised()));
    }
    listeners.append("," + CONTROLLER + "://127.0.0.1:").append(controllerPort);
    properties.setProperty("listeners", listeners.toString());
    properties.setProperty("advertised.listeners", advertised.toString());
    login.require(properties, CLIENTS, CONTROLLER, entrances.stream().map(Entrance::name).toList());
    properties.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    properties.setProperty("log.dirs", site.data().of(service()).toString());
    Path file = site.data().run("broker.properties");
    DataDirectory.store(file, properties);
    return site.java(service(), site.distribution().kafkaJars())
        .with("-Xmx384m", "-Dlog4j2.configurationFile=" + site.distribution().logConfiguration())
        .main("dev.cdcpipeline.runtime.kafka.BrokerProcess", file)
        .launch(Map.of());
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
      Topics.read(site.infra("topics.json")).create(admin);
    }
  }

  private Admin admin() {
    Map<String, Object> settings = new HashMap<>(login.client());
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "30000");
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
    return Admin.create(settings);
  }
}
