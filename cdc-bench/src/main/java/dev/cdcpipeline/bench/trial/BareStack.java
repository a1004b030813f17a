package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.StackOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

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
   * @param work its data go there
   * @param plugins directory of the further plugins, a directory each
   */
  static BareStack start(Path work, Path plugins) throws IOException {
    WorkDirectory.empty(work);
    return new BareStack(
        EmbeddedStack.start(
            StackOptions.in(work.resolve("data"))
                .withPlugins(plugins)
                .withoutConnectors()
                .forThroughput()));
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
