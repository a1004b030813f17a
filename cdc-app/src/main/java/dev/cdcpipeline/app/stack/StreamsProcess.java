package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.transforms.application.StreamsApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

/** The topic way's application: one instance, its state in the data directory. */
final class StreamsProcess implements Piece {
  /** It commits what is under way and closes its stores, each with a flush. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(40);

  private final Site site;
  private final int port;
  private final String bootstrapServers;
  private final String registryUrl;

  StreamsProcess(Site site, int port, String bootstrapServers, String registryUrl) {
    this.site = site;
    this.port = port;
    this.bootstrapServers = bootstrapServers;
    this.registryUrl = registryUrl;
  }

  @Override
  public Service service() {
    return Service.STREAMS;
  }

  @Override
  public Duration stopLimit() {
    return STOP_LIMIT;
  }

  @Override
  public Launch launch() {
    Properties properties = DataDirectory.load(site.infra("streams/analytics.properties"));
    properties.setProperty("bootstrap.servers", bootstrapServers);
    BrokerLogin.of(site.secrets()).client().forEach(properties::setProperty);
    properties.setProperty("schema.registry.url", registryUrl);
    properties.setProperty("state.dir", made(state()).toString());
    properties.setProperty("status.port", Integer.toString(port));
    Path file = site.data().run("streams.properties");
    DataDirectory.store(file, properties);
    // else each start that ends by a kill would leave RocksDB's library in the system's temporary
    // directory
    Path libraries = made(site.data().of(service()).resolve("native"));
    return site.java(service(), site.distribution().appJars())
        .with("-Xmx384m")
        .with(
            "-Dorg.slf4j.simpleLogger.log.dev.cdcpipeline=info",
            "-Dorg.slf4j.simpleLogger.log.org.apache.kafka=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS")
        .main(StreamsApplication.class.getName(), file)
        .launch(Map.of("ROCKSDB_SHAREDLIB_DIR", libraries.toString()));
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
    return site.data().of(service()).resolve("state");
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
    HttpAddress own = HttpAddress.of("http://127.0.0.1:" + port);
    return Ports.isOpen(port) && site.http().send("GET", own, "/status", null).isOk();
  }
}
