package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.StackOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The embedded stack without connectors of ours: databases, broker, registry, and a Connect worker
 * that knows further plugins.
 */
final class BareStack implements AutoCloseable {
  private final EmbeddedStack stack;

  private BareStack(EmbeddedStack stack) {
    this.stack = stack;
  }

  /**
   * Starts it.
   *
   * @param work its data and the distribution that it runs on go there
   * @param plugins directory of the further plugins, a directory each
   */
  static BareStack start(Path work, Path plugins) throws IOException {
    WorkDirectory.empty(work);
    Distribution distribution =
        withPlugins(Distribution.locate().home(), plugins, work.resolve("distribution"));
    return new BareStack(
        EmbeddedStack.start(
            StackOptions.in(work.resolve("data"))
                .withDistribution(distribution)
                .withoutConnectors()
                .forThroughput()));
  }

  /** The distribution by links, so that nothing is copied and nothing added to it itself. */
  private static Distribution withPlugins(Path home, Path plugins, Path made) throws IOException {
    Path allPlugins = Files.createDirectories(made.resolve("plugins"));
    for (Path part : list(home)) {
      if (!part.endsWith("plugins")) {
        Files.createSymbolicLink(made.resolve(part.getFileName()), part.toRealPath());
      }
    }
    for (Path directory : List.of(home.resolve("plugins"), plugins)) {
      for (Path plugin : list(directory)) {
        Files.createSymbolicLink(allPlugins.resolve(plugin.getFileName()), plugin.toRealPath());
      }
    }
    return new Distribution(made);
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  Endpoints endpoints() {
    return stack.endpoints();
  }

  Connectors connectors() {
    return new Connectors(stack.endpoints().connectUrl());
  }

  /** The target as its superuser, who owns what the contestants write to. */
  Connection target() throws SQLException {
    return DriverManager.getConnection(stack.targetAdminJdbcUrl());
  }

  String targetUrl() {
    return stack.targetAdminJdbcUrl();
  }

  void onTarget(String... statements) throws SQLException {
    try (Connection target = target()) {
      for (String sql : statements) {
        Query.of(sql).run(target);
      }
    }
  }

  @Override
  public void close() {
    stack.close();
  }
}
