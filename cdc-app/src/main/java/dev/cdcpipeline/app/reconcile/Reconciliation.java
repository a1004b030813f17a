package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.OrderLogComparison.Emails;
import dev.cdcpipeline.app.reconcile.RowComparison.Task;
import dev.cdcpipeline.app.stack.Way;
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

/**
 * Compares every mirror and every result with the source.
 *
 * <p>In the table way both sides are read in one snapshot each, the target's taken when it has
 * everything of the source's. A source that goes on writing meanwhile may be ahead of or behind the
 * target; the report says if it did, for then differences prove nothing. The topic way's tables are
 * compared until they are equal, or the patience is over ({@link StreamedComparison}).
 */
public final class Reconciliation {

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
   * @param way which tables of the target: mirrors and results, or those made of result topics
   */
  public record Options(
      String sourceJdbcUrl,
      String targetJdbcUrl,
      Optional<Path> results,
      Duration patience,
      int shown,
      boolean allResults,
      Way way) {

    /** Options for the table way. */
    public Options(
        String sourceJdbcUrl,
        String targetJdbcUrl,
        Optional<Path> results,
        Duration patience,
        int shown,
        boolean allResults) {
      this(sourceJdbcUrl, targetJdbcUrl, results, patience, shown, allResults, Way.TABLE);
    }
  }

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
    try (Connection source = open(options.sourceJdbcUrl(), "public")) {
      String snapshot = value(source, "SELECT pg_current_snapshot()");
      Lsn place = TargetProgress.mark(options.sourceJdbcUrl());
      if (options.way().hasTables()) {
        compareTableWay(source, place);
      }
      if (options.way().hasTopics()) {
        compareTopicWay(source, place);
      }
      return new ReconcileReport(tables, notCompared, hasMoved(snapshot));
    } catch (SQLException e) {
      throw ReconcileException.of("cannot compare source and target", e);
    } catch (IOException e) {
      throw new ReconcileException(
          "cannot read the results' files in " + options.results().orElseThrow() + ": " + e);
    }
  }

  /**
   * The ways by which the target is kept: by mirrors and results, by tables of result topics, or
   * both. A target with neither yet is taken for one of the table way.
   *
   * @throws ReconcileException the target is away
   */
  public static Way waysOf(String targetJdbcUrl) {
    try (Connection target = open(targetJdbcUrl, "streamed, cdc")) {
      boolean topics = value(target, "SELECT to_regclass('streamed.order_events')") != null;
      boolean tables =
          value(target, "SELECT to_regclass('cdc.position')") != null
              && "t".equals(value(target, "SELECT EXISTS (SELECT FROM cdc.position)"));
      return topics ? tables ? Way.BOTH : Way.TOPICS : Way.TABLE;
    } catch (SQLException e) {
      throw ReconcileException.of("cannot read the target's tables", e);
    }
  }

  private void compareTableWay(Connection source, Lsn place) throws SQLException, IOException {
    try (Connection target = open(options.targetJdbcUrl(), "analytics, mirror, cdc")) {
      TargetProgress.await(options.targetJdbcUrl(), place, options.patience(), progress);
      compareMirrors(source, target);
      List<ExpectedResult> results = results(target);
      Oracles oracles = new Oracles(results);
      ResultComparison comparison =
          new ResultComparison(source, target, "analytics", options.shown(), Emails.AS_OF_COMMIT);
      for (ExpectedResult result : results) {
        String name = comparison.nameOf(result);
        if (comparison.isThere(result)) {
          progress.accept("comparing " + name);
          comparison.compare(result, oracles);
        } else if (options.allResults()) {
          tables.add(TableComparison.failed(name, "the result is not in the target"));
        } else {
          notCompared.add(name + ": not in the target; `cdc results apply` makes it");
        }
      }
      tables.addAll(comparison.tables());
      notCompared.addAll(comparison.notCompared());
    }
  }

  private void compareTopicWay(Connection source, Lsn place) throws SQLException, IOException {
    try (Connection target = open(options.targetJdbcUrl(), "streamed, cdc")) {
      if (!options.way().hasTables()) {
        // the table way's position has told already that the source has delivered
        TargetProgress.awaitSource(options.sourceJdbcUrl(), place, options.patience(), progress);
      }
      StreamedComparison comparison =
          new StreamedComparison(source, target, results(target), options.shown());
      tables.addAll(comparison.run(options.patience(), progress));
    }
  }

  private List<ExpectedResult> results(Connection target) throws SQLException, IOException {
    return options.results().isPresent()
        ? ExpectedResult.readDirectory(options.results().get())
        : ExpectedResult.readCatalogue(target);
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
