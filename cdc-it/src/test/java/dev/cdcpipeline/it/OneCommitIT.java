package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.reconcile.OneView;
import dev.cdcpipeline.app.simulate.SimulationOptions;
import dev.cdcpipeline.app.simulate.Simulator;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.result.ResultFile;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * At any moment of the shop's life, in one transaction, each deployed result is what its own SELECT
 * gives over the mirrors of that moment, and the logs lead to just these mirrors.
 *
 * <p>{@code -Done.commit.views=N} looks more often.
 */
@ExtendWith(SharedStack.class)
class OneCommitIT {
  private static final int VIEWS = Integer.getInteger("one.commit.views", 40);
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final TableWay way;
  private final TreeSet<Lsn> seen = new TreeSet<>();
  private final List<String> wrong = new ArrayList<>();

  OneCommitIT(TableWay way) {
    this.way = way;
  }

  @Test
  void everyResultIsThatOfTheMirrorsBesideIt() throws Exception {
    way.awaitArrival(); // nothing is in the target before the snapshot is
    OneView results =
        new OneView(ResultFile.readDirectory(Distribution.locate().results()), OneView.SHOP_LOGS);
    Simulator simulator =
        new Simulator(
            way.stack().endpoints().sourceJdbcUrl(),
            SimulationOptions.of(40, Duration.ofMinutes(30), 11));
    CompletableFuture<Void> shop = CompletableFuture.runAsync(simulator::run);
    try {
      look(results, VIEWS / 2);
      way.stack().kill(Service.CONNECT);
      look(results, 1);
      way.stack().start(Service.CONNECT);
      way.stack().awaitConnectors(PATIENCE);
      look(results, VIEWS / 2);
    } finally {
      simulator.stop();
      shop.join();
    }

    assertThat(wrong).as("results of another commit than the mirrors").isEmpty();
    assertThat(seen).as("different commits that were looked at").hasSizeGreaterThan(VIEWS / 2);
    way.assertEqualToTheSource();
  }

  /** Looks until so many further commits were seen. */
  private void look(OneView results, int commits) {
    int wanted = seen.size() + commits;
    Awaitility.await("the target moves to " + commits + " further commits")
        .atMost(PATIENCE.plusSeconds(5L * commits))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              view(results);
              return seen.size() >= wanted || commits == 1 || !wrong.isEmpty();
            });
  }

  private void view(OneView results) throws SQLException {
    try (Connection target = DriverManager.getConnection(way.stack().targetAdminJdbcUrl());
        Statement statement = target.createStatement()) {
      target.setAutoCommit(false);
      target.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      statement.execute("SET LOCAL search_path = mirror, analytics");
      Lsn position;
      try (ResultSet row =
          statement.executeQuery("SELECT commit_lsn FROM cdc.position WHERE sink = 'analytics'")) {
        row.next();
        position = Lsn.parse(row.getString(1));
      }
      if (seen.add(position)) {
        results
            .differences(target)
            .forEach(difference -> wrong.add("at " + position + ": " + difference));
      }
      target.rollback();
    }
  }
}
