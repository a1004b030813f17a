package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.OrderLogComparison.Emails;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Compares the tables that sinks keep of the result topics. They are eventually right, each by
 * itself: there is no place in the source of which they could say that they have reached it. So
 * they are compared again and again, until all are equal at one moment or the patience is over.
 */
final class StreamedComparison {

  /** The tables of the result topics; a result that is only a SELECT has no topic. */
  private static final Set<String> TABLES =
      Set.of(
          "order_events",
          "product_sales_metrics",
          "customer_order_summary",
          "order_status_summary",
          "order_status_counts",
          "top_customers_hourly",
          "data_quality_violations");

  private static final String SCHEMA = "streamed";
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final Side source;
  private final Side target;
  private final List<ExpectedResult> results;
  private final int shown;

  StreamedComparison(Side source, Side target, List<ExpectedResult> results, int shown) {
    this.source = source;
    this.target = target;
    this.results = results;
    this.shown = shown;
  }

  /** What the last comparison found. */
  List<TableComparison> run(Duration patience, Consumer<String> progress) {
    long start = System.nanoTime();
    progress.accept("comparing the tables of the result topics");
    while (true) {
      List<TableComparison> tables = compareOnce();
      long differences = tables.stream().mapToLong(TableComparison::differences).sum();
      if (differences == 0
          || System.nanoTime() - start > patience.toNanos()
          || Thread.currentThread().isInterrupted()) {
        return tables;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private List<TableComparison> compareOnce() {
    Oracles oracles = new Oracles(results);
    List<TableComparison> tables = new ArrayList<>();
    for (ExpectedResult result : results) {
      if (TABLES.contains(result.table())) {
        tables.addAll(compare(result, oracles));
      }
    }
    return tables;
  }

  /** One result in new snapshots of both sides. */
  private List<TableComparison> compare(ExpectedResult result, Oracles oracles) {
    try {
      return source.read(
          one ->
              target.read(
                  other -> {
                    ResultComparison comparison = comparison(one, other);
                    if (!comparison.isThere(result)) {
                      return List.of(missing(one, result, comparison.nameOf(result), oracles));
                    }
                    comparison.compare(result, oracles);
                    return comparison.tables();
                  }));
    } catch (SQLException e) {
      return List.of(
          TableComparison.failed(SCHEMA + "." + result.table(), SqlFailures.describe(e)));
    } catch (ReconcileException e) {
      return List.of(TableComparison.failed(SCHEMA + "." + result.table(), e.getMessage()));
    }
  }

  private ResultComparison comparison(Connection source, Connection target) throws SQLException {
    Query.of("SET LOCAL search_path = public").run(source);
    Query.of("SET LOCAL search_path = streamed, cdc").run(target);
    return new ResultComparison(source, target, SCHEMA, shown, Emails.AS_KNOWN);
  }

  /** A table is made with its first row, so that there is none while none is expected. */
  private TableComparison missing(
      Connection source, ExpectedResult result, String name, Oracles oracles) throws SQLException {
    if (!result.isLog() && !oracles.isMadeOfLog(result)) {
      String any = "SELECT EXISTS (SELECT FROM (" + oracles.onSource(result) + "\n) q)";
      if (!Query.of(OneStatement.of(any)).holds(source)) {
        return new TableComparison(
            name, "no row is expected, and there is no table yet", 0, 0, List.of());
      }
    }
    return TableComparison.failed(name, "the table is not in the target");
  }
}
