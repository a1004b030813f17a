package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackOptions;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A stack that starts no registry but uses one elsewhere, with a plugin that is not ours. */
@ExtendWith(SharedStack.class)
class ForeignRegistryIT {
  private static final String PLUGIN =
      """
      package elsewhere;
      import java.util.List;
      import java.util.Map;
      import org.apache.kafka.common.config.ConfigDef;
      import org.apache.kafka.connect.connector.Task;
      public class DroppedInSink extends org.apache.kafka.connect.sink.SinkConnector {
        public String version() { return "1"; }
        public void start(Map<String, String> settings) {}
        public Class<? extends Task> taskClass() { return Task.class; }
        public List<Map<String, String>> taskConfigs(int tasks) { return List.of(); }
        public void stop() {}
        public ConfigDef config() { return new ConfigDef(); }
      }
      """;

  @TempDir private static Path directory;

  @Test
  void theRowsArriveAndThePluginIsFound(TableWay other) throws IOException {
    String registry = other.stack().endpoints().registryUrl();
    Path plugins = plugins();
    StackOptions options =
        StackOptions.in(directory.resolve("stack")).withRegistry(registry).withPlugins(plugins);

    try (EmbeddedStack stack = EmbeddedStack.start(options)) {
      TableWay way = new TableWay(stack);
      way.commit(
          "INSERT INTO orders (customer_id, total_amount) VALUES (1, 12.34)",
          // a mirror is made by its table's first row
          "INSERT INTO order_items (order_id, product_id, quantity, unit_price)"
              + " SELECT max(order_id), 1, 1, 12.34 FROM orders");

      way.assertEqualToTheSource();
      assertThat(stack.endpoints().registryUrl()).isEqualTo(registry);
      assertThat(stack.isRunning(Service.REGISTRY)).isFalse();
      assertThat(new ConnectRest(stack.endpoints().connectUrl()).call("GET", "/connector-plugins"))
          .contains("elsewhere.DroppedInSink");
    }
  }

  /** A directory as a user fills it: one for the plugin, with its jar's content. */
  private static Path plugins() throws IOException {
    Path plugin = directory.resolve("plugins").resolve("dropped-in");
    Path source = directory.resolve("DroppedInSink.java");
    Files.createDirectories(plugin.resolve("META-INF/services"));
    Files.writeString(source, PLUGIN);
    Files.writeString(
        plugin.resolve("META-INF/services/org.apache.kafka.connect.sink.SinkConnector"),
        "elsewhere.DroppedInSink\n");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                workersJars(),
                "-d",
                plugin.toString(),
                source.toString());
    assertThat(compiled).as("compiles").isZero();
    return plugin.getParent();
  }

  private static String workersJars() throws IOException {
    try (Stream<Path> jars = Files.list(Distribution.locate().home().resolve("kafka"))) {
      return jars.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
  }
}
