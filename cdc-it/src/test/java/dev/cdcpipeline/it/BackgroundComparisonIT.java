package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.app.monitor.PipelineMonitor;
import dev.cdcpipeline.app.monitor.PipelineStatus;
import dev.cdcpipeline.app.monitor.PipelineStatus.Problem;
import dev.cdcpipeline.app.reconcile.TableComparison;
import dev.cdcpipeline.app.reconcile.TableReconciliation;
import dev.cdcpipeline.app.reconcile.Watch;
import dev.cdcpipeline.app.reread.Reread;
import dev.cdcpipeline.app.reread.RereadException;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.stack.Endpoints;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** While the shop is written to, what is lost is found by itself, named, and read again. */
@CdcStackTest(on = StackKind.EMBEDDED, ownStack = true)
class BackgroundComparisonIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final double TRANSACTIONS_PER_SECOND = 40;

  private final TableWay way;
  private final Endpoints endpoints;
  private Simulator simulator;
  private CompletableFuture<?> shopping;
  private Watch watch;
  private CompletableFuture<Void> watching;

  BackgroundComparisonIT(TableWay way) {
    this.way = way;
    this.endpoints = way.stack().endpoints();
  }

  @BeforeEach
  void liveAndWatch() {
    simulator =
        new Simulator(
            endpoints.sourceJdbcUrl(),
            SimulationOptions.of(TRANSACTIONS_PER_SECOND, Duration.ofMinutes(30), 11));
    shopping = CompletableFuture.runAsync(simulator::run);
    watch =
        new Watch(
            new Watch.Options(
                endpoints.sourceJdbcUrl(),
                endpoints.targetJdbcUrl(),
                sinkUrl(),
                50,
                500,
                5,
                Duration.ofSeconds(1),
                Duration.ofMillis(200),
                LIMIT),
            message -> {});
    watching = CompletableFuture.runAsync(watch::run);
  }

  @AfterEach
  void stop() {
    simulator.stop();
    watch.close();
    shopping.join();
    watching.join();
  }

  @Test
  void aRowThatIsLostIsNamedByStatusAndReadAgain() throws SQLException {
    awaitRounds(2);
    assertThat(problems()).as("under load, nothing differs").isEmpty();
    // the shop changes the customers that were there when it began, and so would repair the row
    way.commit("INSERT INTO customers VALUES (700001, 'lost@example.com', 'L', 'Ost')");
    way.awaitArrival();

    // When
    onTarget("DELETE FROM mirror.customers WHERE customer_id = 700001");

    // Then
    Awaitility.await("status names the row")
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(problems())
                    .anyMatch(
                        what ->
                            what.startsWith("mirror.customers differs from public.customers: 1 of")
                                && what.contains("missing customer_id=700001")
                                && what.endsWith("cdc table reread public.customers")));
    String read =
        new Reread(new Reread.Options(endpoints.sourceJdbcUrl(), endpoints, LIMIT), message -> {})
            .run("customers");
    List<TableComparison> compared =
        new TableReconciliation(
                endpoints.sourceJdbcUrl(), endpoints.targetJdbcUrl(), LIMIT, 5, message -> {})
            .compare(read, sinkUrl());
    assertThat(compared).extracting(TableComparison::differences).containsExactly(0L);
    assertThat(way.targetValue("SELECT email FROM mirror.customers WHERE customer_id = 700001"))
        .isEqualTo("lost@example.com");
    Awaitility.await("nothing differs any more")
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(problems()).isEmpty());
    simulator.stop();
    shopping.join();
    way.assertEqualToTheSource();
  }

  @Test
  void aTableThatCannotBeReadAgainIsRefusedWithTheReason() {
    way.commit("CREATE TABLE IF NOT EXISTS not_captured (id int PRIMARY KEY)");

    assertThatThrownBy(() -> reread("nothing_there"))
        .isInstanceOf(RereadException.class)
        .hasMessageContaining("the source has no table nothing_there; published are [public.");
    assertThatThrownBy(() -> reread("not_captured"))
        .hasMessageContaining("public.not_captured is in no publication");
  }

  private void reread(String table) {
    new Reread(new Reread.Options(endpoints.sourceJdbcUrl(), endpoints, LIMIT), message -> {})
        .run(table);
  }

  private void awaitRounds(int more) {
    Awaitility.await("the comparison has begun")
        .atMost(LIMIT)
        .until(() -> way.targetValue("SELECT to_regclass('cdc.comparison_run')") != null);
    Awaitility.await(more + " rounds of the comparison")
        .atMost(LIMIT)
        .until(
            () ->
                way.targetValue("SELECT 1 FROM cdc.comparison_run WHERE rounds >= ?", more)
                    != null);
  }

  /** What status says of tables that differ or are not compared. */
  private List<String> problems() {
    PipelineStatus status = new PipelineMonitor(endpoints).read();
    return status.problems().stream()
        .map(Problem::what)
        .filter(what -> what.contains(" differs from ") || what.contains(" is not compared"))
        .toList();
  }

  private void onTarget(String sql) throws SQLException {
    try (Connection target = DriverManager.getConnection(way.stack().targetAdminJdbcUrl());
        Statement statement = target.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The target as the role that owns what the sink has made. */
  private String sinkUrl() {
    return way.stack().targetAdminJdbcUrl() + "&options=-c%20role=cdc_sink";
  }
}
