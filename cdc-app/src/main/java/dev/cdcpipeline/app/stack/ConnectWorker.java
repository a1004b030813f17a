package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A Connect worker in distributed mode: a group of one. */
final class ConnectWorker implements Piece {
  private final DataDirectory data;
  private final Distribution distribution;
  private final ClassData classData;
  private final boolean quickStart;
  private final String pluginPath;
  private final HttpCall http;
  private final int port;
  private final String bootstrapServers;
  private final Map<String, String> environment;

  /**
   * @param plugins a directory with plugins beside those of the distribution; null for none
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
      Map<String, String> environment) {
    this.data = data;
    this.distribution = distribution;
    this.classData = ClassData.of(Service.CONNECT, distribution.kafkaJars(), CacheDirectory.find());
    this.http = http;
    this.quickStart = quickStart;
    this.pluginPath = distribution.plugins() + (plugins == null ? "" : "," + plugins);
    this.port = port;
    this.bootstrapServers = bootstrapServers;
    this.environment = Map.copyOf(environment);
  }

  @Override
  public Service service() {
    return Service.CONNECT;
  }

  String url() {
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
    properties.setProperty("listeners", url());
    properties.setProperty("rest.advertised.host.name", "127.0.0.1");
    properties.setProperty("plugin.path", pluginPath);
    Path file = data.run("connect.properties");
    DataDirectory.store(file, properties);
    List<String> command =
        new JavaCommand(service(), data.root())
            .quickStart(quickStart)
            .with("-Xmx" + heap(), "-Dlog4j2.configurationFile=" + distribution.logConfiguration())
            .with(classData.options())
            .classPath(distribution.kafkaJars())
            .with("org.apache.kafka.connect.cli.ConnectDistributed", file.toString())
            .words();
    return new Launch(command, environment, data.root());
  }

  /** As much as {@code CDC_CONNECT_HEAP} says, in the form of {@code -Xmx}. */
  private static String heap() {
    String given = System.getenv("CDC_CONNECT_HEAP");
    return given == null ? "1g" : given;
  }

  @Override
  public boolean answers() throws IOException {
    return Ports.isOpen(port) && http.send("GET", url() + "/connectors", null).isOk();
  }
}
