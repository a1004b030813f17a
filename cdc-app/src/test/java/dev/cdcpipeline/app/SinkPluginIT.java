package dev.cdcpipeline.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.kafka.connect.sink.SinkConnector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Connect plugin's archive, unpacked and looked at as a worker does. */
class SinkPluginIT {
  private static final Path TARGET = Path.of("runtime", "sink-plugin", "target");

  @TempDir private static Path pluginPath;
  private static Path plugin;

  @BeforeAll
  static void unpack() throws IOException {
    List<Path> archives;
    try (Stream<Path> files = Files.list(TARGET)) {
      archives = files.filter(file -> file.toString().endsWith(".zip")).toList();
    }
    assertThat(archives).as("archives in " + TARGET).hasSize(1);
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(archives.get(0)))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = pluginPath.resolve(entry.getName()).normalize();
        assertThat(file).startsWithRaw(pluginPath);
        if (!entry.isDirectory()) {
          Files.createDirectories(file.getParent());
          Files.copy(zip, file);
        }
      }
    }
    List<Path> roots = children(pluginPath);
    assertThat(roots).as("directories in the archive").hasSize(1);
    plugin = roots.get(0);
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  @Test
  void hasTheLayoutOfAPluginPath() throws IOException {
    assertThat(plugin.resolve("LICENSE")).content().contains("Apache License");
    assertThat(plugin.resolve("README.md")).content().contains("plugin.path").doesNotContain("${");
    assertThat(plugin.resolve("etc/analytics-sink.json")).exists();
    assertThat(plugin.resolve("doc/sink-metrics.md")).exists();
    JsonNode manifest = new ObjectMapper().readTree(plugin.resolve("manifest.json").toFile());
    assertThat(manifest.get("name").asText()).isEqualTo("cdc-sink");
    assertThat(plugin.getFileName().toString())
        .isEqualTo("cdc-sink-" + manifest.get("version").asText());
  }

  @Test
  void bringsNothingThatTheWorkerGives() throws IOException {
    assertThat(children(plugin.resolve("lib")))
        .extracting(jar -> jar.getFileName().toString())
        .anyMatch(name -> name.startsWith("cdc-sink-"))
        .anyMatch(name -> name.startsWith("postgresql-"))
        .noneMatch(name -> name.startsWith("kafka-clients"))
        .noneMatch(name -> name.startsWith("connect-"))
        .noneMatch(name -> name.startsWith("slf4j-"));
  }

  @Test
  void aWorkerThatLoadsServicesFindsTheConnectorAndItsVersion() throws IOException {
    List<URL> jars = new ArrayList<>();
    for (Path jar : children(plugin.resolve("lib"))) {
      jars.add(jar.toUri().toURL());
    }
    try (URLClassLoader loader = new URLClassLoader(jars.toArray(URL[]::new), new WorkersApi())) {
      List<SinkConnector> found =
          ServiceLoader.load(SinkConnector.class, loader).stream()
              .map(ServiceLoader.Provider::get)
              .toList();

      assertThat(found).hasSize(1);
      SinkConnector connector = found.get(0);
      assertThat(connector.getClass().getName())
          .isEqualTo("dev.cdcpipeline.sink.connect.PostgresSinkConnector");
      assertThat(connector.getClass().getClassLoader()).isSameAs(loader);
      assertThat("cdc-sink-" + connector.version()).isEqualTo(plugin.getFileName().toString());
      assertThat(connector.config().names()).contains("connection.url");
      assertThat(connector.taskClass().getClassLoader()).isSameAs(loader);
    }
  }

  /** What a worker's class loader shows to a plugin: Kafka's API and logging, nothing of ours. */
  private static final class WorkersApi extends ClassLoader {
    private final ClassLoader worker = SinkPluginIT.class.getClassLoader();

    WorkersApi() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith("org.apache.kafka.") || name.startsWith("org.slf4j.")) {
        return worker.loadClass(name);
      }
      throw new ClassNotFoundException(name);
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
      return Collections.emptyEnumeration();
    }
  }
}
