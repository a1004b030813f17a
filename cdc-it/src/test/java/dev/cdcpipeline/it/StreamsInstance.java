package dev.cdcpipeline.it;

import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Endpoints;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** One process of the Streams application with a state directory of its own. */
final class StreamsInstance implements AutoCloseable {
  private static final String MAIN = "dev.cdcpipeline.transforms.application.StreamsApplication";

  private final String name;
  private final Process process;
  private final int port;
  private final Path log;

  private StreamsInstance(String name, Process process, int port, Path log) {
    this.name = name;
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /**
   * Starts an instance.
   *
   * @param prefix of the change topics; also the application's id, and with a dot the prefix of the
   *     result topics
   */
  static StreamsInstance start(Path directory, String name, String prefix, Endpoints endpoints)
      throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Properties properties = new Properties();
    properties.setProperty("application.id", prefix);
    properties.setProperty("source.topic.prefix", prefix);
    properties.setProperty("result.topic.prefix", prefix + ".");
    properties.putAll(endpoints.kafkaClient());
    properties.setProperty("schema.registry.url", endpoints.registryUrl());
    properties.setProperty("state.dir", directory.resolve("state-" + name).toString());
    properties.setProperty("status.port", Integer.toString(port));
    properties.setProperty("num.standby.replicas", "1");
    // what waits for time to pass must not make the test wait
    properties.setProperty("customer.wait.ms", "3000");
    properties.setProperty("order.total.grace.ms", "1000");
    Path file = directory.resolve(name + ".properties");
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    Path log = directory.resolve(name + ".log");
    String jars =
        Distribution.locate().appJars().stream()
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.log.dev.cdcpipeline=info",
                "-cp",
                jars,
                MAIN,
                file.toString()));
    Path library = Files.createDirectories(directory.resolve("native-" + name));
    builder.environment().put("ROCKSDB_SHAREDLIB_DIR", library.toString());
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    return new StreamsInstance(name, builder.start(), port, log);
  }

  void awaitRunning(Duration limit) {
    Awaitility.await("instance " + name + " runs; its log is " + log)
        .atMost(limit)
        .failFast("instance " + name + " has ended; see " + log, () -> !process.isAlive())
        .ignoreExceptions()
        .until(() -> status() == HttpURLConnection.HTTP_OK);
  }

  private int status() throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + port + "/status").toURL().openConnection();
    try {
      return connection.getResponseCode();
    } finally {
      connection.disconnect();
    }
  }

  /** As a crash would. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (process.waitFor(60, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
