package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.Way;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Both ways side by side from the same change topics: result topics by Kafka Streams, sunk into
 * schema streamed, are compared with the source as the mirrors and results of the table way are.
 */
@CdcStackTest(ownStack = true, way = Way.BOTH)
class TopicWayIT {
  private static final int TRANSACTIONS_PER_SECOND = 25;

  private final TableWay way;

  TopicWayIT(TableWay way) {
    this.way = way;
  }

  /** A busy shop, and something that happens to the pipeline meanwhile. */
  private void whileTheShopIsBusy(long seed, Runnable event) {
    Simulator simulator =
        new Simulator(
            way.stack().endpoints().sourceJdbcUrl(),
            SimulationOptions.of(TRANSACTIONS_PER_SECOND, Duration.ofMinutes(10), seed));
    CompletableFuture<Void> shop = CompletableFuture.runAsync(simulator::run);
    try {
      awaitMoreEvents();
      event.run();
      awaitMoreEvents();
    } finally {
      simulator.stop();
      shop.join();
    }
    assertBothWaysEqualToTheSource(seed);
  }

  /** Until something more has come all the way by the topic way. */
  private void awaitMoreEvents() {
    String there = events();
    Awaitility.await("events of orders arrive by the topic way")
        .atMost(Duration.ofMinutes(3))
        .until(() -> !events().equals(there));
  }

  private String events() {
    return way.targetValue("SELECT to_regclass('streamed.order_events')") == null
        ? "none"
        : way.targetValue("SELECT count(*) FROM streamed.order_events");
  }

  private void assertBothWaysEqualToTheSource(long seed) {
    ReconcileReport report = way.assertEqualToTheSource(Way.BOTH, "seed " + seed);
    assertThat(report.tables().stream().filter(table -> table.name().startsWith("streamed.")))
        .as("the tables of the result topics were compared, too")
        .hasSizeGreaterThanOrEqualTo(7);
  }

  @Test
  void columnsAreWidenedWhileTheShopIsBusy() {
    whileTheShopIsBusy(
        1,
        () ->
            way.commit(
                "ALTER TABLE order_items ALTER COLUMN quantity TYPE bigint",
                "ALTER TABLE products ALTER COLUMN price TYPE numeric(14, 4)",
                "UPDATE order_items SET quantity = quantity + 1 WHERE order_id = 400001"));
  }

  @Test
  void theApplicationIsKilledAndComesBack() {
    whileTheShopIsBusy(
        2,
        () -> {
          way.stack().kill(Service.STREAMS);
          assertThat(way.stack().isRunning(Service.STREAMS)).isFalse();
          way.stack().start(Service.STREAMS);
        });
  }

  @Test
  void theApplicationComesBackWithAnEmptyStateDirectory() {
    whileTheShopIsBusy(
        3,
        () -> {
          way.stack().stop(Service.STREAMS);
          way.stack().discardStreamsState();
          way.stack().start(Service.STREAMS);
        });
  }

  @Test
  void theWorkerOfSourceAndSinksIsKilled() {
    whileTheShopIsBusy(
        4,
        () -> {
          way.stack().kill(Service.CONNECT);
          way.stack().start(Service.CONNECT);
          way.stack().awaitConnectors(Duration.ofMinutes(3));
        });
  }
}
