package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.MirrorComparison.Limits;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Compares the mirrors of one source table, now, while both sides may be written. */
public final class TableReconciliation {

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
      MirrorCatalog catalog =
          source.read(one -> target.read(other -> MirrorCatalog.read(one, other)));
      List<Verdict> verdicts = new ArrayList<>();
      for (ComparedMirror mirror : catalog.mirrors()) {
        if (mirror.source().toString().equals(sourceTable)) {
          progress.accept("comparing " + mirror.target());
          verdicts.add(run(check(source, target, arrivals, limits(shown), mirror)));
        }
      }
      if (verdicts.isEmpty()) {
        throw new ReconcileException("no mirror of %s is in the target".formatted(sourceTable));
      }
      note(verdicts, bookJdbcUrl);
      return verdicts.stream().map(Verdict::asComparison).toList();
    } catch (SQLException e) {
      throw ReconcileException.of("cannot compare the mirrors of " + sourceTable, e);
    }
  }

  /** Limits of a comparison that is waited for. */
  static Limits limits(int shown) {
    return new Limits(PAGE_ROWS, shown, SETTLING);
  }

  /**
   * A mirror's comparison. A mirror that several tasks write has no position: a row there must
   * differ for longer before it is called different, since it may only be late.
   */
  static TableCheck check(
      Side source, Side target, Arrivals arrivals, Limits limits, ComparedMirror mirror) {
    Limits its =
        mirror.wholeTransactions()
            ? limits
            : new Limits(limits.pageRows(), limits.shown(), limits.settling().multipliedBy(LATE));
    return mirror.key().isEmpty()
        ? new KeylessComparison(source, target, arrivals.of(mirror), its, mirror)
        : new MirrorComparison(source, target, arrivals.of(mirror), its, mirror);
  }

  static Verdict run(TableCheck check) throws SQLException {
    boolean more = true;
    while (more) {
      more = check.next();
    }
    return check.verdict();
  }

  /** Waits for the target, but not for ever. */
  static Arrival.Waiting waiting(Duration patience, Consumer<String> progress) {
    long[] reminded = {System.nanoTime()};
    return (nanos, what) -> {
      if (nanos > patience.toNanos() || Thread.currentThread().isInterrupted()) {
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
