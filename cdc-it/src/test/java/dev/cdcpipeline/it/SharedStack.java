package dev.cdcpipeline.it;

import dev.cdcpipeline.app.simulate.OrderAudit;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.StackOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives scenarios one embedded stack for the whole run: started by the first that asks, stopped
 * after the last. The audit of orders is installed before anything is written, so that the log can
 * be compared with the true sequence of changes.
 */
final class SharedStack implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(SharedStack.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TableWay.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent("stack", key -> new Running(start()), Running.class)
        .tableWay();
  }

  private static TableWay start() {
    try {
      Path data = Files.createTempDirectory(Path.of("target"), "stack-");
      EmbeddedStack stack = EmbeddedStack.start(StackOptions.in(data.toAbsolutePath()));
      OrderAudit.install(stack.endpoints().sourceJdbcUrl());
      TableWay way = new TableWay(stack);
      // a table is mirrored from its first row on: with one in each, every result exists
      way.commit(
          "INSERT INTO orders (order_id, customer_id, total_amount) VALUES (400001, 2, 10)",
          "INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (400001, 1,"
              + " 1, 10)");
      return way;
    } catch (IOException e) {
      throw new AssertionError("cannot make a data directory under target/", e);
    }
  }

  private record Running(TableWay tableWay) implements AutoCloseable {
    @Override
    public void close() {
      tableWay.stack().close();
    }
  }
}
