package dev.cdcpipeline.it;

import dev.cdcpipeline.app.simulate.OrderAudit;
import dev.cdcpipeline.app.stack.CdcStack;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.it.containers.ContainerStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;

/**
 * Gives scenarios the stack of one kind: skips them where it can't run, starts it for the first
 * that asks, and shows what its pieces said last when a scenario fails.
 *
 * <p>The audit of orders is installed before anything is written, so that the log can be compared
 * with the true sequence of changes.
 */
final class StackOfScenario
    implements TestInstancePreConstructCallback, ParameterResolver, TestExecutionExceptionHandler {
  private static final Namespace NAMESPACE = Namespace.create(StackOfScenario.class);
  private static final String REQUIRE_CONTAINERS = "CDC_REQUIRE_CONTAINERS";

  private final StackKind kind;
  private final boolean own;
  private final Way way;

  /**
   * @param own whether the stack is for this class alone, stopped after it
   * @param way the ways that the stack goes
   */
  StackOfScenario(StackKind kind, boolean own, Way way) {
    this.kind = kind;
    this.own = own;
    this.way = way;
  }

  /**
   * Skips a scenario where its stack can't run, and says why.
   *
   * <p>A condition would come too late: JUnit evaluates it after it has made the test's instance,
   * whose constructor asks for the stack.
   *
   * @throws AssertionError there can be no containers although the environment demands them
   */
  @Override
  public void preConstructTestInstance(
      TestInstanceFactoryContext factory, ExtensionContext context) {
    if (kind == StackKind.CONTAINERS) {
      context
          .getRoot()
          .getStore(NAMESPACE)
          .getOrComputeIfAbsent(Obstacle.class, key -> Obstacle.look(), Obstacle.class)
          .require();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == TableWay.class || type == CdcStack.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    TableWay tableWay =
        scope(context)
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(key(context), key -> new Running(start(kind, way)), Running.class)
            .tableWay();
    return parameter.getParameter().getType() == TableWay.class ? tableWay : tableWay.stack();
  }

  /** A store finds what its parents hold, so that the shared stack must have another key. */
  private List<Object> key(ExtensionContext context) {
    return List.of(kind, way, own ? scope(context).getUniqueId() : "shared");
  }

  /** Whose end is the stack's end: the whole run, or the outermost class. */
  private ExtensionContext scope(ExtensionContext context) {
    ExtensionContext scope = context.getRoot();
    if (own) {
      scope = context;
      while (scope.getParent().orElseThrow().getTestClass().isPresent()) {
        scope = scope.getParent().orElseThrow();
      }
    }
    return scope;
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    Running running = scope(context).getStore(NAMESPACE).get(key(context), Running.class);
    if (running != null) {
      failure.addSuppressed(new StackSaid(running.tableWay().stack(), kind, way));
    }
    throw failure;
  }

  private static TableWay start(StackKind kind, Way goes) {
    CdcStack stack =
        switch (kind) {
          case EMBEDDED -> EmbeddedStack.start(StackOptions.in(dataDirectory()).withWay(goes));
          case CONTAINERS -> ContainerStack.start(goes);
        };
    OrderAudit.install(stack.endpoints().sourceJdbcUrl());
    TableWay way = new TableWay(stack);
    // a table is mirrored from its first row on: with one in each, every result exists
    way.commit(
        "INSERT INTO orders (order_id, customer_id, total_amount) VALUES (400001, 2, 10)",
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (400001, 1,"
            + " 1, 10)");
    return way;
  }

  private static Path dataDirectory() {
    try {
      return Files.createTempDirectory(Path.of("target"), "stack-").toAbsolutePath();
    } catch (IOException e) {
      throw new AssertionError("cannot make a data directory under target/", e);
    }
  }

  /**
   * Why there can be no containers here, looked for once in a run.
   *
   * @param reason empty if there can be
   */
  private record Obstacle(Optional<String> reason) {
    static Obstacle look() {
      Optional<String> reason =
          ContainerStack.whyNotHere().map(why -> "there can be no containers here: " + why);
      // Maven shows no reasons of skipped tests
      reason.ifPresent(why -> System.err.println("No scenario runs in containers: " + why));
      return new Obstacle(reason);
    }

    void require() {
      if (reason.isPresent()) {
        if (Boolean.parseBoolean(System.getenv(REQUIRE_CONTAINERS))) {
          throw new AssertionError(REQUIRE_CONTAINERS + "=true, but " + reason.get());
        }
        Assumptions.abort(reason.get());
      }
    }
  }

  private record Running(TableWay tableWay) implements AutoCloseable {
    @Override
    public void close() {
      tableWay.stack().close();
    }
  }

  /** No failure of its own: shown below a failure, it tells what the stack's pieces said last. */
  private static final class StackSaid extends Exception {
    private static final long serialVersionUID = 1L;

    StackSaid(CdcStack stack, StackKind kind, Way way) {
      super(
          "the stack (%s) said last:%n%s"
              .formatted(
                  kind.title(),
                  Arrays.stream(Service.values())
                      .filter(service -> service != Service.STREAMS || way.hasTopics())
                      .map(service -> service.title() + ", " + stack.lastLog(service))
                      .collect(Collectors.joining(System.lineSeparator()))),
          null,
          false,
          false);
    }
  }
}
