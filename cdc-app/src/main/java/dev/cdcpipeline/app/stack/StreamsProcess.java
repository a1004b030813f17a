package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.transforms.application.StreamsApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The topic way's application: one instance, its state in the data directory. */
final class StreamsProcess implements Piece {
  /** It commits what is under way and closes its stores, each with a flush. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(40);

  private final DataDirectory data;
  private final Distribution distribution;
  private final ClassData classData;
  private final boolean quickStart;
  private final HttpCall http;
  private final int port;
  private final String bootstrapServers;
  private final BrokerLogin login;
  private final String registryUrl;

  StreamsProcess(
      DataDirectory data,
      Distribution distribution,
      boolean quickStart,
      HttpCall http,
      int port,
      String bootstrapServers,
      BrokerLogin login,
      String registryUrl) {
    this.data = data;
    this.distribution = distribution;
    this.classData = ClassData.of(Service.STREAMS, distribution.appJars(), CacheDirectory.find());
    this.quickStart = quickStart;
    this.http = http;
    this.port = port;
    this.bootstrapServers = bootstrapServers;
    this.login = login;
    this.registryUrl = registryUrl;
  }

  @Override
  public Service service() {
    return Service.STREAMS;
  }

  @Override
  public boolean leavesClassData() {
    return classData.isMissing();
  }

  @Override
  public Duration stopLimit() {
    return leavesClassData() ? ClassData.STOP_LIMIT : STOP_LIMIT;
  }

  @Override
  public void stopped(boolean orderly) {
    classData.keep(orderly);
  }

  @Override
  public Launch launch() {
    Properties properties =
        DataDirectory.load(distribution.infra().resolve("streams/analytics.properties"));
    properties.setProperty("bootstrap.servers", bootstrapServers);
    login.client().forEach(properties::setProperty);
    properties.setProperty("schema.registry.url", registryUrl);
    properties.setProperty("state.dir", made(state()).toString());
    properties.setProperty("status.port", Integer.toString(port));
    Path file = data.run("streams.properties");
    DataDirectory.store(file, properties);
    List<String> command =
        new JavaCommand(service(), data.root())
            .quickStart(quickStart)
            .with("-Xmx384m")
            .with(
                "-Dorg.slf4j.simpleLogger.log.dev.cdcpipeline=info",
                "-Dorg.slf4j.simpleLogger.log.org.apache.kafka=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS")
            .with(classData.options())
            .classPath(distribution.appJars())
            .with(StreamsApplication.class.getName(), file.toString())
            .words();
    // else each start that ends by a kill would leave RocksDB's library in the system's temporary
    // directory
    Map<String, String> environment =
        Map.of("ROCKSDB_SHAREDLIB_DIR", made(data.of(service()).resolve("native")).toString());
    return new Launch(command, environment, data.root());
  }

  /** Deletes the state; the application is not running. */
  void discardState() {
    try {
      Directories.delete(state());
    } catch (IOException e) {
      throw new StackException("cannot delete the state in %s: %s".formatted(state(), e), e);
    }
  }

  private Path state() {
    return data.of(service()).resolve("state");
  }

  private static Path made(Path directory) {
    try {
      return Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the directory " + directory, e);
    }
  }

  @Override
  public boolean answers() throws IOException {
    return Ports.isOpen(port)
        && http.send("GET", HttpAddress.of("http://127.0.0.1:" + port), "/status", null).isOk();
  }
}
