package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.app.stack.Secrets.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
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

  private final DataDirectory data;
  private final Distribution distribution;
  private final ClassData classData;
  private final boolean quickStart;
  private final String pluginPath;
  private final HttpCall http;
  private final int port;
  private final String bootstrapServers;
  private final BrokerLogin login;
  private final String password;
  private final Map<String, String> environment;
  private final LostTasks lostTasks = new LostTasks(ConnectWorker::isThere);

  /**
   * @param plugins a directory with plugins beside those of the distribution; null for none
   * @param password what the REST API asks for
   * @param environment addresses and passwords that the connectors' configurations refer to
   */
  ConnectWorker(
      DataDirectory data,
      Distribution distribution,
      boolean quickStart,
      Path plugins,
      HttpCall http,
      int port,
      String bootstrapServers,
      BrokerLogin login,
      String password,
      Map<String, String> environment) {
    this.data = data;
    this.distribution = distribution;
    this.classData = ClassData.of(Service.CONNECT, distribution.kafkaJars(), CacheDirectory.find());
    this.http = http;
    this.quickStart = quickStart;
    this.pluginPath = distribution.plugins() + (plugins == null ? "" : "," + plugins);
    this.port = port;
    this.bootstrapServers = bootstrapServers;
    this.login = login;
    this.password = password;
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
        DataDirectory.load(distribution.infra().resolve("connect/worker.properties"));
    properties.setProperty("bootstrap.servers", bootstrapServers);
    for (String clients : List.of("", "producer.", "consumer.", "admin.")) {
      login.client().forEach((key, value) -> properties.setProperty(clients + key, value));
    }
    properties.setProperty("listeners", listener());
    properties.setProperty("rest.advertised.host.name", "127.0.0.1");
    properties.setProperty("plugin.path", pluginPath);
    Path file = data.run("connect.properties");
    DataDirectory.store(file, properties);
    List<String> command =
        new JavaCommand(service(), data.root())
            .quickStart(quickStart)
            .with("-Xmx" + heap(), "-Dlog4j2.configurationFile=" + distribution.logConfiguration())
            .with("-Djava.security.auth.login.config=" + whoMayAsk())
            .with("-Dorg.apache.kafka.automatic.config.providers=" + PROVIDER)
            .with(classData.options())
            .classPath(distribution.kafkaJars())
            .with("org.apache.kafka.connect.cli.ConnectDistributed", file.toString())
            .words();
    return new Launch(command, environment, data.root());
  }

  /** Writes who may use the REST API, and gives the file that has the worker read it. */
  private Path whoMayAsk() {
    Properties users = new Properties();
    users.setProperty(Role.CONNECT.user(), password);
    Path file = data.run("connect.users");
    DataDirectory.store(file, users);
    Path jaas = data.run("connect.jaas");
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
        && http.send("GET", HttpAddress.of(url()), "/connectors", null).isOk();
  }
}
