package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.RowComparison.Task;
import dev.cdcpipeline.model.event.Lsn;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Compares every mirror and every result with the source.
 *
 * <p>Both sides are read in one snapshot each, the target's taken when it has everything of the
 * source's. A source that goes on writing meanwhile may be ahead of or behind the target; the
 * report says if it did, for then differences prove nothing.
 */
public final class Reconciliation {

  private static final String LOG_TABLE = "order_events";
  private static final String STINTS_TABLE = "order_status_counts";

  private final Options options;
  private final Consumer<String> progress;
  private final List<TableComparison> tables = new ArrayList<>();
  private final List<String> notCompared = new ArrayList<>();

  /**
   * What to compare.
   *
   * @param sourceJdbcUrl the source, with user and password of a role that may read the tables
   * @param targetJdbcUrl the target, with user and password of a role that may read everything
   *     there
   * @param results the directory of the results' files; if empty, the definitions are those of the
   *     target's catalogue
   * @param patience how long the target may take to catch up
   * @param shown how many differing rows of each table are kept
   * @param allResults whether a result whose file is there must be in the target; else it is named
   *     as not compared
   */
  public record Options(
      String sourceJdbcUrl,
      String targetJdbcUrl,
      Optional<Path> results,
      Duration patience,
      int shown,
      boolean allResults) {}

  /**
   * @param progress told what is being done
   */
  public Reconciliation(Options options, Consumer<String> progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * Compares; call it once.
   *
   * @throws ReconcileException nothing could be compared, or the target did not catch up in time
   */
  public ReconcileReport run() {
    try (Connection source = open(options.sourceJdbcUrl(), "public");
        Connection target = open(options.targetJdbcUrl(), "analytics, mirror, cdc")) {
      String snapshot = value(source, "SELECT pg_current_snapshot()");
      Lsn place = TargetProgress.mark(options.sourceJdbcUrl());
      TargetProgress.await(options.targetJdbcUrl(), place, options.patience(), progress);
      compareMirrors(source, target);
      List<ExpectedResult> results =
          options.results().isPresent()
              ? ExpectedResult.readDirectory(options.results().get())
              : ExpectedResult.readCatalogue(target);
      Oracles oracles = new Oracles(results);
      for (ExpectedResult result : results) {
        compareResult(result, oracles, source, target);
      }
      return new ReconcileReport(tables, notCompared, hasMoved(snapshot));
    } catch (SQLException e) {
      throw ReconcileException.of("cannot compare source and target", e);
    } catch (IOException e) {
      throw new ReconcileException(
          "cannot read the results' files in " + options.results().orElseThrow() + ": " + e);
    }
  }

  private static Connection open(String jdbcUrl, String searchPath) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "cdc reconcile");
    // Values are compared as the servers write them.
    properties.setProperty("binaryTransfer", "false");
    properties.setProperty("prepareThreshold", "0");
    properties.setProperty("connectTimeout", "10");
    Connection connection = DriverManager.getConnection(jdbcUrl, properties);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TIME ZONE 'UTC'");
      statement.execute("SET search_path = " + searchPath);
    }
    connection.setReadOnly(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setAutoCommit(false);
    return connection;
  }

  private void compareMirrors(Connection source, Connection target) throws SQLException {
    RowComparison comparison = new RowComparison(source, target, options.shown());
    for (String table :
        names(
            source,
            "SELECT tablename FROM pg_publication_tables WHERE pubname = 'cdc_publication'"
                + " AND schemaname = 'public' ORDER BY tablename")) {
      progress.accept("comparing mirror." + table);
      String name = "mirror." + table;
      if (value(target, "SELECT to_regclass('" + quotedText(name) + "')") == null) {
        tables.add(TableComparison.failed(name, "the mirror does not exist"));
        continue;
      }
      tables.add(
          comparison.compare(
              new Task(
                  name,
                  "public." + table,
                  "SELECT * FROM public." + RowLayout.quoted(table),
                  "SELECT * FROM mirror." + RowLayout.quoted(table),
                  primaryKey(source, table),
                  false)));
    }
  }

  private void compareResult(
      ExpectedResult result, Oracles oracles, Connection source, Connection target)
      throws SQLException {
    String name = "analytics." + result.table();
    if (value(target, "SELECT to_regclass('" + quotedText(name) + "')") == null) {
      if (options.allResults()) {
        tables.add(TableComparison.failed(name, "the result is not in the target"));
      } else {
        notCompared.add(name + ": not in the target; `cdc results apply` makes it");
      }
      return;
    }
    progress.accept("comparing " + name);
    RowComparison comparison = new RowComparison(source, target, options.shown());
    String all = "SELECT * FROM analytics." + RowLayout.quoted(result.table());
    if (result.rule().isPresent()) {
      tables.add(comparison.compare(violations(result, oracles, all)));
    } else if (result.table().equals(LOG_TABLE)) {
      compareLog(name, source, target, comparison);
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

  private static Task violations(ExpectedResult result, Oracles oracles, String all) {
    String rule = "'" + quotedText(result.rule().orElseThrow()) + "'";
    String key =
        result.key().stream()
            .map(column -> RowLayout.quoted(column) + "::text")
            .collect(Collectors.joining(" || ',' || "));
    return new Task(
        "analytics." + result.table() + " " + result.rule().orElseThrow(),
        "its rule, run on the source"
            + (result.grace() ? "; what is within the grace period may be missing" : ""),
        "SELECT " + key + " AS row_key, detail FROM (" + oracles.onSource(result) + "\n) v",
        all + " WHERE rule = " + rule + " AND resolved_at IS NULL",
        List.of("row_key"),
        result.grace());
  }

  private void compareLog(
      String name, Connection source, Connection target, RowComparison comparison)
      throws SQLException {
    String log = "analytics." + LOG_TABLE;
    if (OrderLogComparison.isAudited(source)) {
      tables.add(new OrderLogComparison(source, target, options.shown()).compare(name, log));
    } else {
      tables.add(
          comparison.compare(
              new Task(
                  name,
                  "the orders: each order's last event (install the audit to compare all:"
                      + " cdc simulate --audit)",
                  "SELECT order_id, customer_id, order_status, total_amount FROM public.orders",
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

  /** Whether anything but the marker has been given a transaction number since the snapshot. */
  private boolean hasMoved(String snapshot) throws SQLException {
    try (Connection connection = DriverManager.getConnection(options.sourceJdbcUrl())) {
      return "t"
          .equals(
              value(
                  connection,
                  "SELECT pg_snapshot_xmin(s)::text <> pg_snapshot_xmax(s)::text"
                      + " OR pg_snapshot_xmax(pg_current_snapshot())::text::numeric"
                      + " > pg_snapshot_xmax(s)::text::numeric + 1 FROM (SELECT '"
                      + snapshot
                      + "'::pg_snapshot AS s) taken"));
    }
  }

  private static List<String> primaryKey(Connection source, String table) throws SQLException {
    return names(
        source,
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
            + " AND a.attnum = ANY (i.indkey) WHERE i.indisprimary AND i.indrelid = 'public."
            + quotedText(RowLayout.quoted(table))
            + "'::regclass ORDER BY array_position(i.indkey::int2[], a.attnum)");
  }

  private static List<String> names(Connection connection, String query) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        names.add(row.getString(1));
      }
    }
    return names;
  }

  private static String value(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private static String quotedText(String text) {
    return text.replace("'", "''");
  }
}
