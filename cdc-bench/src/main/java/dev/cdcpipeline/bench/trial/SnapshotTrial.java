package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.Reconciliation;
import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.ConnectorDeployer;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.load.ShopRows;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A shop that exists already: from deploying the connectors until everything is reconciled. */
public final class SnapshotTrial implements Trial {
  private static final Duration PATIENCE = Duration.ofMinutes(20);
  private static final int CUSTOMERS = 50_000;
  private static final int PRODUCTS = 1_000;

  @Override
  public String name() {
    return "snapshot";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    int orders = bench.effort(200_000, 1_000_000);
    bench.stopServers();
    bench.say("starting the stack without connectors");
    try (EmbeddedStack stack =
        EmbeddedStack.start(
            StackOptions.in(WorkDirectory.empty(bench.work().resolve("snapshot")))
                .withoutConnectors()
                .forThroughput())) {
      ShopRows rows = new ShopRows(stack.endpoints().sourceJdbcUrl());
      bench.say("filling the shop with %,d orders", orders);
      rows.fillCatalogue(CUSTOMERS, PRODUCTS);
      rows.addOrders(orders, 1);
      long count = rows.count();
      bench.say("deploying the connectors; %,d rows are there", count);
      long begin = System.nanoTime();
      new ConnectorDeployer(new ConnectClient(stack.endpoints().connectUrl()))
          .deploy(Distribution.locate().infra().resolve("connectors"), Way.TABLE);
      TargetProgress.await(
          stack.endpoints().targetJdbcUrl(),
          TargetProgress.mark(stack.endpoints().sourceJdbcUrl()),
          PATIENCE,
          bench::hear);
      double visible = (System.nanoTime() - begin) / 1e9;
      bench.say("visible after %.1f s; reconciling", visible);
      long compared = reconcile(stack, bench);
      double reconciled = (System.nanoTime() - begin) / 1e9;
      return report(bench, orders, count, compared, visible, reconciled);
    }
  }

  private static long reconcile(EmbeddedStack stack, Bench bench) throws IOException {
    ReconcileReport report =
        new Reconciliation(
                new Reconciliation.Options(
                    stack.endpoints().sourceJdbcUrl(),
                    stack.endpoints().targetJdbcUrl(),
                    Optional.of(Distribution.locate().results()),
                    PATIENCE,
                    5,
                    true),
                bench::hear)
            .run();
    long differences = report.tables().stream().mapToLong(table -> table.differences()).sum();
    if (differences > 0 || !report.notCompared().isEmpty()) {
      throw new IOException("the target differs from the source: " + report);
    }
    return report.tables().size();
  }

  private Outcome report(
      Bench bench, int orders, long count, long compared, double visible, double reconciled) {
    Table table =
        new Table("%,d orders, %,d rows in all".formatted(orders, count), "until", "s", "rows/s");
    table.row(
        "visible in all mirrors and results",
        Measured.once("s", visible),
        Measured.once("rows/s", count / visible));
    table.row(
        "reconciled: %d mirrors and results equal to the source".formatted(compared),
        Measured.once("s", reconciled),
        Measured.once("rows/s", count / reconciled));
    return bench.outcome(
        name(),
        "Initial snapshot, table way: an existing shop",
        List.of(
            "The shop is filled before any connector exists. The clock runs from the order to"
                + " deploy both connectors until the snapshot is visible, as one state, and further"
                + " until every mirror and result has been compared with the source. One run: the"
                + " connectors' code is cold, as it is when one takes a snapshot."),
        List.of(table),
        List.of(),
        List.of());
  }
}
