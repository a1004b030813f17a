package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.stack.Service;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each server dies in the middle of the shop's life and comes back: nothing is lost and nothing
 * counts twice. The seed of the shop's life is the service's place in its enum.
 */
@CdcStackTest
class RestartsIT {
  private final TableWay way;

  RestartsIT(TableWay way) {
    this.way = way;
  }

  @ParameterizedTest
  @EnumSource(
      value = Service.class,
      names = {"CONNECT", "BROKER", "REGISTRY", "TARGET_DATABASE", "SOURCE_DATABASE"})
  void aServerIsKilledAndComesBack(Service service) {
    way.awaitArrival(); // the results exist
    Simulator simulator =
        new Simulator(
            way.stack().endpoints().sourceJdbcUrl(),
            SimulationOptions.of(40, Duration.ofMinutes(10), service.ordinal()));
    CompletableFuture<Void> shop = CompletableFuture.runAsync(simulator::run);
    String before = way.targetValue("SELECT count(*) FROM order_events");
    Awaitility.await("the shop's changes arrive before the kill")
        .atMost(Duration.ofSeconds(60))
        .until(() -> !before.equals(way.targetValue("SELECT count(*) FROM order_events")));

    if (service == Service.SOURCE_DATABASE) {
      simulator.stop();
      shop.join();
    }
    way.stack().kill(service);
    assertThat(way.stack().isRunning(service)).isFalse();
    way.stack().start(service);
    way.stack().awaitConnectors(Duration.ofSeconds(120));

    simulator.stop();
    shop.join();
    way.assertEqualToTheSource("seed " + service.ordinal());
  }
}
