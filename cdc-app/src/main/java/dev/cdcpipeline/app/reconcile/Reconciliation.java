package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Compares every mirror of every sink and every result with the source, each by itself: one that
 * cannot be compared is named and the others are compared.
 *
 * <p>The source may be written to meanwhile. Rows that differ are looked at again until they have
 * proved different at one commit ({@link Suspects}, {@link ResultsAtSource}), so that a difference
 * is one. The tables of Kafka Streams results are compared until they are equal, or the patience is
 * over ({@link StreamedComparison}).
 */
public final class Reconciliation {

  private final Options options;
  private final Consumer<String> progress;
  private final List<TableComparison> tables = new ArrayList<>();
  private final List<String> notCompared = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * What to compare.
   *
   * @param sourceJdbcUrl the source, with user and password of a role that may read the tables and
   *     should not be able to do anything else
   * @param targetJdbcUrl the target, with user and password of a role that may read everything
   *     there
   * @param results the directory of the results' files, which are run on the source; if empty,
   *     results are compared with the definitions that the target holds, over the mirrors there
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

    /** Both databases, without passwords. */
    @Override
    public String toString() {
      return "source %s, target %s"
          .formatted(
              SessionOptions.withoutSecrets(sourceJdbcUrl),
              SessionOptions.withoutSecrets(targetJdbcUrl));
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
    try (Side source = new Side(options.sourceJdbcUrl());
        Side target = new Side(options.targetJdbcUrl());
        Arrivals arrivals =
            new Arrivals(
                options.sourceJdbcUrl(),
                options.targetJdbcUrl(),
                TableReconciliation.waiting(options.patience(), progress))) {
      Lsn place = TargetProgress.mark(options.sourceJdbcUrl());
      if (options.way().hasTables()) {
        compareTables(source, target, arrivals, place);
      }
      if (options.way().hasTopics()) {
        compareTopics(source, place);
      }
      return new ReconcileReport(tables, notCompared, notes);
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
    try (Connection target = Side.open(targetJdbcUrl)) {
      boolean topics = Query.isThere(target, "streamed.order_events");
      boolean tables =
          Query.isThere(target, "cdc.position")
              && Query.of("SELECT FROM cdc.position LIMIT 1").hasRow(target);
      return topics ? tables ? Way.BOTH : Way.TOPICS : Way.TABLE;
    } catch (SQLException e) {
      throw ReconcileException.of("cannot read the target's tables", e);
    }
  }

  private void compareTables(Side source, Side target, Arrivals arrivals, Lsn place)
      throws SQLException, IOException {
    TargetProgress.await(options.targetJdbcUrl(), place, options.patience(), progress);
    MirrorCatalog catalog =
        source.read(one -> target.read(other -> MirrorCatalog.read(one, other)));
    catalog.impossible().forEach(verdict -> tables.add(verdict.asComparison()));
    notes.addAll(catalog.notes());
    for (ComparedMirror mirror : catalog.mirrors()) {
      progress.accept("comparing " + mirror.target());
      Verdict verdict =
          compare(
              TableReconciliation.check(
                  source, target, arrivals, TableReconciliation.limits(options.shown()), mirror));
      tables.add(verdict.asComparison());
      if (verdict.undecided() > 0) {
        notes.add(
            "%s: %d rows were written during each look at them, so that they are not decided"
                .formatted(verdict.table(), verdict.undecided()));
      }
    }
    compareResults(source, target, arrivals.commits(), catalog);
  }

  private void compareResults(Side source, Side target, Arrival commits, MirrorCatalog catalog)
      throws SQLException, IOException {
    ResultsInTarget inTarget = new ResultsInTarget(target, options.shown());
    List<ExpectedResult> there = target.read(ExpectedResult::readCatalogue);
    List<ExpectedResult> wanted =
        options.results().isPresent()
            ? ExpectedResult.readDirectory(options.results().get())
            : List.of();
    notes.addAll(Definitions.differences(wanted, there));
    ResultsAtSource atSource =
        new ResultsAtSource(source, target, commits, catalog, wanted, options.shown());
    for (ExpectedResult result : wanted) {
      Optional<String> schema = target.read(one -> ResultsInTarget.schemaOf(one, result.table()));
      String name = schema.orElse("analytics") + "." + result.table();
      if (schema.isPresent()) {
        progress.accept("comparing " + name);
        tables.addAll(atSource.compare(result, schema.get()));
      } else if (options.allResults()) {
        tables.add(TableComparison.failed(name, "the result is not in the target"));
      } else {
        notCompared.add(name + ": not in the target; `cdc results apply` makes it");
      }
    }
    notCompared.addAll(atSource.notCompared());
    List<ExpectedResult> others = Definitions.withoutFile(wanted, there);
    for (TableCheck check : inTarget.checks(catalog.mirrors(), others)) {
      progress.accept("comparing " + check.table());
      tables.add(compare(check).asComparison());
    }
  }

  private static Verdict compare(TableCheck check) {
    try {
      return TableReconciliation.run(check);
    } catch (SQLException e) {
      return Verdict.failed(check.table(), check.comparedWith(), SqlFailures.describe(e));
    } catch (ReconcileException e) {
      return Verdict.failed(check.table(), check.comparedWith(), e.getMessage());
    }
  }

  private void compareTopics(Side source, Lsn place) throws SQLException, IOException {
    try (Side target = new Side(options.targetJdbcUrl())) {
      if (!options.way().hasTables()) {
        // the position of the transactional sink has told already that the source has delivered
        TargetProgress.awaitSource(options.sourceJdbcUrl(), place, options.patience(), progress);
      }
      List<ExpectedResult> results =
          options.results().isPresent()
              ? ExpectedResult.readDirectory(options.results().get())
              : target.read(ExpectedResult::readCatalogue);
      StreamedComparison comparison =
          new StreamedComparison(source, target, results, options.shown());
      tables.addAll(comparison.run(options.patience(), progress));
      notes.addAll(target.read(ResolvedViolations::notes));
    }
  }
}
