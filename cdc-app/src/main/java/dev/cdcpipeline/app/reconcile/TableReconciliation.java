package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.MirrorComparison.Limits;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Compares the mirrors of one source table, now, while both sides may be written. */
public final class TableReconciliation {

  private static final long PATIENCE_AFTERWARDS_NANOS = 1_000_000_000L;
  private static final int PAGE_ROWS = 5_000;

  /** How many times longer a row must differ in a mirror without a position. */
  private static final int LATE = 10;

  private static final long PAUSE_NANOS = 10_000_000L;
  private static final long REMIND_NANOS = 5_000_000_000L;

  /** How long a row must differ unchanged before it is called different. */
  static final Duration SETTLING = Duration.ofSeconds(2);

  private final String sourceJdbcUrl;
  private final String targetJdbcUrl;
  private final Duration patience;
  private final int shown;
  private final Consumer<String> progress;

  /**
   * @param sourceJdbcUrl the source, as a role that may read the table
   * @param targetJdbcUrl the target, as a role that may read everything there
   * @param patience how long the target may be behind
   * @param shown how many differing rows are kept
   * @param progress told what is waited for
   */
  public TableReconciliation(
      String sourceJdbcUrl,
      String targetJdbcUrl,
      Duration patience,
      int shown,
      Consumer<String> progress) {
    this.sourceJdbcUrl = sourceJdbcUrl;
    this.targetJdbcUrl = targetJdbcUrl;
    this.patience = patience;
    this.shown = shown;
    this.progress = progress;
  }

  /**
   * Compares every mirror of the table.
   *
   * @param sourceTable with its schema
   * @param bookJdbcUrl the target, as the role that the comparison in the background writes its
   *     verdicts with: they are brought up to date; null for none
   * @return one for each mirror
   * @throws ReconcileException a side is away, there is no mirror, or the target is too far behind
   */
  public List<TableComparison> compare(String sourceTable, String bookJdbcUrl) {
    try (Side source = new Side(sourceJdbcUrl);
        Side target = new Side(targetJdbcUrl);
        Arrivals arrivals =
            new Arrivals(sourceJdbcUrl, targetJdbcUrl, waiting(patience, progress))) {
      List<Verdict> verdicts = new ArrayList<>();
      for (ComparedMirror mirror : mirrors(source, target, sourceTable)) {
        progress.accept("comparing " + mirror.target());
        verdicts.add(run(check(source, target, arrivals, limits(shown), mirror)));
      }
      note(verdicts, bookJdbcUrl);
      return verdicts.stream().map(Verdict::asComparison).toList();
    } catch (SQLException e) {
      throw ReconcileException.of("cannot compare the mirrors of " + sourceTable, e);
    }
  }

  /**
   * Removes the rows of the table's mirrors that the table has not: those of a partition that was
   * detached, for example, which no change has told of. A row that is written meanwhile stays.
   * Results over the mirrors do not learn of it.
   *
   * @param sinkJdbcUrl the target, as the role that the mirrors belong to
   * @return how many were removed
   * @throws ReconcileException a side is away, there is no mirror with a key, or the target is too
   *     far behind
   */
  public long removeUnexpected(String sourceTable, String sinkJdbcUrl) {
    long[] removed = {0};
    try (Side source = new Side(sourceJdbcUrl);
        Side target = new Side(targetJdbcUrl);
        Arrivals arrivals =
            new Arrivals(sourceJdbcUrl, targetJdbcUrl, waiting(patience, progress));
        Connection sink = DriverManager.getConnection(sinkJdbcUrl)) {
      MirrorComparison.Unexpected removal =
          (mirror, rows) -> {
            int now = mirror.delete(sink, rows);
            removed[0] += now;
            return now;
          };
      for (ComparedMirror mirror : mirrors(source, target, sourceTable)) {
        if (mirror.key().isEmpty()) {
          throw new ReconcileException(
              "%s has no key: which of its rows are too many can't be said"
                  .formatted(mirror.source()));
        }
        progress.accept("looking for rows that only " + mirror.target() + " has");
        run(
            new MirrorComparison(
                source, target, arrivals.of(mirror), settling(limits(0), mirror), mirror, removal));
      }
      return removed[0];
    } catch (SQLException e) {
      throw ReconcileException.of("cannot remove rows from the mirrors of " + sourceTable, e);
    }
  }

  private static List<ComparedMirror> mirrors(Side source, Side target, String sourceTable)
      throws SQLException {
    MirrorCatalog catalog =
        source.read(one -> target.read(other -> MirrorCatalog.read(one, other)));
    List<ComparedMirror> mirrors =
        catalog.mirrors().stream()
            .filter(mirror -> mirror.source().toString().equals(sourceTable))
            .toList();
    if (mirrors.isEmpty()) {
      throw new ReconcileException("no mirror of %s is in the target".formatted(sourceTable));
    }
    return mirrors;
  }

  /** Limits of a comparison that is waited for. */
  static Limits limits(int shown) {
    return new Limits(PAGE_ROWS, shown, SETTLING);
  }

  /** A mirror's comparison. */
  static TableCheck check(
      Side source, Side target, Arrivals arrivals, Limits limits, ComparedMirror mirror) {
    Limits its = settling(limits, mirror);
    return mirror.key().isEmpty()
        ? new KeylessComparison(source, target, arrivals.of(mirror), its, mirror)
        : new MirrorComparison(source, target, arrivals.of(mirror), its, mirror);
  }

  /**
   * A mirror that several tasks write has no position: a row there must differ for longer before it
   * is called different, since it may only be late.
   */
  private static Limits settling(Limits limits, ComparedMirror mirror) {
    return mirror.wholeTransactions()
        ? limits
        : new Limits(limits.pageRows(), limits.shown(), limits.settling().multipliedBy(LATE));
  }

  static Verdict run(TableCheck check) throws SQLException {
    boolean more = true;
    while (more) {
      more = check.next();
    }
    return check.verdict();
  }

  /** Waits for the target, but not for ever, and hardly at all once that was in vain. */
  static Arrival.Waiting waiting(Duration patience, Consumer<String> progress) {
    long[] reminded = {System.nanoTime()};
    long[] atMost = {patience.toNanos()};
    return (nanos, what) -> {
      if (nanos > atMost[0] || Thread.currentThread().isInterrupted()) {
        atMost[0] = Math.min(atMost[0], PATIENCE_AFTERWARDS_NANOS);
        throw new ReconcileException(
            "waited "
                + patience.toSeconds()
                + " s for "
                + what
                + "; see what `cdc status` says of the connectors. A ledger that a deleted"
                + " connector has left is removed by `cdc sink drop NAME`");
      }
      if (System.nanoTime() - reminded[0] > REMIND_NANOS) {
        reminded[0] = System.nanoTime();
        progress.accept("waiting for " + what);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    };
  }

  private static void note(List<Verdict> verdicts, String bookJdbcUrl) throws SQLException {
    if (bookJdbcUrl == null) {
      return;
    }
    try (ComparisonBook book = new ComparisonBook(bookJdbcUrl)) {
      for (Verdict verdict : verdicts) {
        book.put(verdict);
      }
    }
  }
}
