package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.OrderLogComparison.Emails;
import dev.cdcpipeline.app.reconcile.RowComparison.Task;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Compares the results in one schema of the target, whose search path begins with it. */
final class ResultComparison {

  private static final String LOG_TABLE = "order_events";
  private static final String STINTS_TABLE = "order_status_counts";

  private final Connection source;
  private final Connection target;
  private final String schema;
  private final int shown;
  private final Emails emails;
  private final List<TableComparison> tables = new ArrayList<>();
  private final List<String> notCompared = new ArrayList<>();

  /**
   * @param shown how many differing rows of each table are kept
   * @param emails what the log's e-mails are
   */
  ResultComparison(Connection source, Connection target, String schema, int shown, Emails emails) {
    this.source = source;
    this.target = target;
    this.schema = schema;
    this.shown = shown;
    this.emails = emails;
  }

  /** What was found so far. */
  List<TableComparison> tables() {
    return tables;
  }

  /** Results that cannot be compared, and why. */
  List<String> notCompared() {
    return notCompared;
  }

  /** Whether the target has the result's table. */
  boolean isThere(ExpectedResult result) throws SQLException {
    return Query.isThere(target, nameOf(result));
  }

  /** The result's table with its schema. */
  String nameOf(ExpectedResult result) {
    return schema + "." + result.table();
  }

  /** Compares one result, which must be there. */
  void compare(ExpectedResult result, Oracles oracles) throws SQLException {
    String name = nameOf(result);
    RowComparison comparison = new RowComparison(source, target, shown);
    String all = "SELECT * FROM " + schema + "." + RowLayout.quoted(result.table());
    if (result.rule().isPresent()) {
      tables.add(comparison.compare(violations(result, oracles, all)));
    } else if (result.table().equals(LOG_TABLE)) {
      compareLog(name, comparison);
    } else if (result.isLog()) {
      notCompared.add(name + ": a log of the past, which the source does not keep");
    } else if (oracles.isMadeOfLog(result)) {
      String oracle =
          result.table().equals(STINTS_TABLE)
              ? Oracles.resource(STINTS_TABLE + ".sql")
              : result.select();
      tables.add(
          comparison.compareWithinTarget(
              new Task(name, "its definition over the log", oracle, all, result.key(), false)));
    } else {
      tables.add(
          comparison.compare(
              new Task(
                  name,
                  "its definition, run on the source",
                  oracles.onSource(result),
                  all,
                  result.key(),
                  false)));
    }
  }

  private Task violations(ExpectedResult result, Oracles oracles, String all) {
    String rule = "'" + result.rule().orElseThrow().replace("'", "''") + "'";
    String key =
        result.key().stream()
            .map(column -> RowLayout.quoted(column) + "::text")
            .collect(Collectors.joining(" || ',' || "));
    return new Task(
        nameOf(result) + " " + result.rule().orElseThrow(),
        "its rule, run on the source"
            + (result.grace() ? "; what is within the grace period may be missing" : ""),
        "SELECT " + key + " AS row_key, detail FROM (" + oracles.onSource(result) + "\n) v",
        all + " WHERE rule = " + rule + " AND resolved_at IS NULL",
        List.of("row_key"),
        result.grace());
  }

  private void compareLog(String name, RowComparison comparison) throws SQLException {
    String log = schema + "." + LOG_TABLE;
    if (OrderLogComparison.isAudited(source)) {
      tables.add(new OrderLogComparison(source, target, shown, emails).compare(name, log));
    } else {
      tables.add(
          comparison.compare(
              new Task(
                  name,
                  "the orders: each order's last event (install the audit to compare all:"
                      + " cdc simulate --audit)",
                  "SELECT order_id, customer_id, order_status, total_amount FROM orders",
                  "SELECT * FROM (SELECT DISTINCT ON (order_id) * FROM "
                      + log
                      + " ORDER BY order_id, commit_seq DESC, source_lsn DESC, source_order DESC)"
                      + " last WHERE event_type <> 'deleted'",
                  List.of("order_id"),
                  false)));
    }
    String contradictions = Oracles.resource("order_events_consistency.sql");
    tables.add(
        comparison.compareWithinTarget(
            new Task(
                name + " (consistency)",
                "itself: no event contradicts the one before it",
                "SELECT * FROM (" + contradictions + "\n) c WHERE false",
                contradictions,
                List.of(),
                false)));
  }
}
