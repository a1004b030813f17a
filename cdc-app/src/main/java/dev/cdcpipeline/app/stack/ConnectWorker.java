package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.app.stack.Secrets.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A Connect worker in distributed mode: a group of one. Its REST API asks for the stack's password,
 * and its connectors see only the variables of the environment that the worker's file lists.
 */
final class ConnectWorker implements Piece {
  /** Kafka's clients in the worker load no other, whatever a connector's settings say. */
  private static final String PROVIDER =
      "org.apache.kafka.common.config.provider.EnvVarConfigProvider";

  private final Site site;
  private final String pluginPath;
  private final int port;
  private final String bootstrapServers;
  private final BrokerLogin login;
  private final String password;
  private final Map<String, String> environment;
  private final LostTasks lostTasks = new LostTasks(ConnectWorker::isThere);

  /**
   * @param plugins a directory with plugins beside those of the distribution; null for none
   * @param environment addresses and passwords that the connectors' configurations refer to
   */
  ConnectWorker(
      Site site, Path plugins, int port, String bootstrapServers, Map<String, String> environment) {
    this.site = site;
    this.pluginPath = site.distribution().plugins() + (plugins == null ? "" : "," + plugins);
    this.port = port;
    this.bootstrapServers = bootstrapServers;
    this.login = BrokerLogin.of(site.secrets());
    this.password = site.secrets().password(Role.CONNECT);
    this.environment = new HashMap<>(environment);
    this.environment.putAll(login.environment());
  }

  @Override
  public Service service() {
    return Service.CONNECT;
  }

  /** Its REST API with the credentials that it asks for. */
  String url() {
    return HttpAddress.withCredentials(listener(), Role.CONNECT.user(), password);
  }

  @Override
  public boolean isBroken() throws IOException {
    return Ports.isOpen(port)
        && lostTasks.areThere(new ConnectClient(url()).statuses(), System.nanoTime());
  }

  private static boolean isThere(String worker) {
    String here = "127.0.0.1:";
    return !worker.startsWith(here)
        || Ports.isOpen(Integer.parseInt(worker.substring(here.length())));
  }

  private String listener() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public Launch launch() {
    Properties properties = DataDirectory.load(site.infra("connect/worker.properties"));
    properties.setProperty("bootstrap.servers", bootstrapServers);
    for (String clients : List.of("", "producer.", "consumer.", "admin.")) {
      login.client().forEach((key, value) -> properties.setProperty(clients + key, value));
    }
    properties.setProperty("listeners", listener());
    properties.setProperty("rest.advertised.host.name", "127.0.0.1");
    properties.setProperty("plugin.path", pluginPath);
    Path file = site.data().run("connect.properties");
    DataDirectory.store(file, properties);
    return site.java(service(), site.distribution().kafkaJars())
        .with("-Xmx" + heap())
        .with("-Dlog4j2.configurationFile=" + site.distribution().logConfiguration())
        .with("-Djava.security.auth.login.config=" + whoMayAsk())
        .with("-Dorg.apache.kafka.automatic.config.providers=" + PROVIDER)
        .main("org.apache.kafka.connect.cli.ConnectDistributed", file)
        .launch(environment);
  }

  /** Writes who may use the REST API, and gives the file that has the worker read it. */
  private Path whoMayAsk() {
    Properties users = new Properties();
    users.setProperty(Role.CONNECT.user(), password);
    Path file = site.data().run("connect.users");
    DataDirectory.store(file, users);
    Path jaas = site.data().run("connect.jaas");
    DataDirectory.store(
        jaas,
        """
        KafkaConnect {
          org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required
          file="%s";
        };
        """
            .formatted(file.toString().replace("\\", "\\\\").replace("\"", "\\\"")));
    return jaas;
  }

  /** As much as {@code CDC_CONNECT_HEAP} says, in the form of {@code -Xmx}. */
  private static String heap() {
    String given = System.getenv("CDC_CONNECT_HEAP");
    return given == null ? "1g" : given;
  }

  @Override
  public boolean answers() throws IOException {
    return Ports.isOpen(port)
        && site.http().send("GET", HttpAddress.of(url()), "/connectors", null).isOk();
  }
}
