package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.MirrorComparison.Limits;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Compares every mirror and every result again and again, in the background, while both sides are
 * written, and notes what it finds in the target ({@link ComparisonBook}).
 *
 * <p>It asks the databases only for a share of the time. While one of them is away it waits and
 * then goes on. A table whose sink is behind is waited for as well, but not for ever: it is left
 * for the next round, so that a sink that has stopped does not keep others from being compared. One
 * thread runs it; another may close it.
 */
public final class Watch implements AutoCloseable {

  private static final long LONGEST_PAUSE_NANOS = 10_000_000_000L;
  private static final long FIRST_PAUSE_NANOS = 200_000_000L;
  private static final long LOOK_PAUSE_NANOS = 10_000_000L;
  private static final long NOTE_NANOS = 5_000_000_000L;

  /** A table whose pages fail for another reason than an absent server is left after so many. */
  private static final int FAILURES_OF_A_TABLE = 3;

  /** When one table has been waited for in vain, each other one of the round gets so much less. */
  private static final int LESS_PATIENT = 20;

  private final Options options;
  private final Consumer<String> progress;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Side source;
  private final Side target;
  private final ComparisonBook book;
  private final Pace pace;
  private final Arrivals arrivals;
  private final Limits limits;
  private long rounds;
  private long notedAt = System.nanoTime() - NOTE_NANOS;
  private String doing = "";
  private long patienceNanos;

  /**
   * What is compared, and how much is asked of the databases.
   *
   * @param sourceJdbcUrl the source, as a role that may read the tables and nothing else
   * @param targetJdbcUrl the target, as a role that may read everything there
   * @param bookJdbcUrl the target, as a role that may create tables in schema cdc
   * @param loadPercent share of the time in which a database is asked, 1 to 100
   * @param pageRows rows that are compared at a time
   * @param shown how many differing rows of each table are noted
   * @param settling how long a row must differ unchanged before it is called different
   * @param pause between the end of one round and the beginning of the next
   * @param patience how long a table waits for the sink that writes it
   */
  public record Options(
      String sourceJdbcUrl,
      String targetJdbcUrl,
      String bookJdbcUrl,
      int loadPercent,
      int pageRows,
      int shown,
      Duration settling,
      Duration pause,
      Duration patience) {

    /** A twentieth of the time, 2,000 rows at a time, a round every ten minutes. */
    public static Options of(String sourceJdbcUrl, String targetJdbcUrl, String bookJdbcUrl) {
      return new Options(
          sourceJdbcUrl,
          targetJdbcUrl,
          bookJdbcUrl,
          5,
          2_000,
          10,
          Duration.ofSeconds(2),
          Duration.ofMinutes(10),
          Duration.ofMinutes(2));
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

  /** What writes a table is too far behind. */
  private static final class LateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LateException(String what) {
      super(what);
    }
  }

  /** Somebody has closed the watch. */
  private static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @param progress told of each difference, and of what is waited for
   */
  public Watch(Options options, Consumer<String> progress) {
    this.options = options;
    this.progress = progress;
    this.source = new Side(options.sourceJdbcUrl());
    this.target = new Side(options.targetJdbcUrl());
    this.book = new ComparisonBook(options.bookJdbcUrl());
    this.pace = new Pace(options.loadPercent());
    this.limits = new Limits(options.pageRows(), options.shown(), options.settling());
    this.arrivals =
        new Arrivals(options.sourceJdbcUrl(), options.targetJdbcUrl(), this::waitForTarget);
  }

  /**
   * Compares until it is closed.
   *
   * @throws ReconcileException another watch compares this target already
   */
  public void run() {
    try (source;
        target;
        arrivals;
        book) {
      persist("beginning", book::begin);
      while (true) {
        round();
        rounds++;
        note("resting until the next round", true);
        if (stopped.await(options.pause().toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (StoppedException e) {
      // as asked
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Compares everything once and returns; for tests and for a single round. */
  void runOnce() {
    try (source;
        target;
        arrivals;
        book) {
      persist("beginning", book::begin);
      round();
    }
  }

  private void round() {
    patienceNanos = options.patience().toNanos();
    List<TableCheck> checks = new ArrayList<>();
    Set<String> tables = new HashSet<>();
    persist(
        "reading the catalogues",
        () -> {
          checks.clear();
          tables.clear();
          MirrorCatalog catalog = source.read(one -> target.read(other -> catalog(one, other)));
          for (Verdict verdict : catalog.impossible()) {
            book.put(verdict);
            tables.add(verdict.table());
          }
          catalog.mirrors().forEach(mirror -> checks.add(check(mirror)));
          checks.addAll(
              new ResultsInTarget(target, options.shown())
                  .checks(catalog.mirrors(), target.read(ExpectedResult::readCatalogue)));
          checks.forEach(check -> tables.add(check.table()));
          book.keepOnly(tables);
          Map<String, Double> last = book.lastCompared();
          checks.sort(Comparator.comparingDouble(check -> last.getOrDefault(check.table(), 0.0)));
        });
    checks.forEach(this::compare);
  }

  private static MirrorCatalog catalog(Connection source, Connection target) throws SQLException {
    return MirrorCatalog.read(source, target);
  }

  private TableCheck check(ComparedMirror mirror) {
    return TableReconciliation.check(source, target, arrivals, limits, mirror);
  }

  private void compare(TableCheck check) {
    doing = "comparing " + check.table();
    int failures = 0;
    long known = 0;
    boolean more = true;
    while (more) {
      note(doing, false);
      try {
        more = step(check);
        pace.rest(source, target);
      } catch (SQLException e) {
        failures++;
        if (failures == FAILURES_OF_A_TABLE) {
          put(Verdict.failed(check.table(), check.comparedWith(), SqlFailures.describe(e)));
          return;
        }
      } catch (ReconcileException e) {
        // a definition that is not run
        put(Verdict.failed(check.table(), check.comparedWith(), e.getMessage()));
        return;
      } catch (LateException e) {
        progress.accept(check.table() + " is left for the next round: " + e.getMessage());
        if (known > 0) {
          put(check);
        }
        return;
      }
      Verdict verdict = check.verdict();
      if (verdict.differences() > known) {
        known = verdict.differences();
        put(check);
        progress.accept(
            "%s differs from %s: %d rows so far"
                .formatted(verdict.table(), verdict.comparedWith(), known));
      }
    }
    put(check);
  }

  /** A step that waits while a server is away; any other failure is the table's. */
  private boolean step(TableCheck check) throws SQLException {
    boolean[] more = new boolean[1];
    SQLException[] failure = new SQLException[1];
    persist(
        doing,
        () -> {
          try {
            more[0] = check.next();
            failure[0] = null;
          } catch (SQLException e) {
            if (SqlFailures.isPassing(e)) {
              throw e;
            }
            failure[0] = e;
          }
        });
    if (failure[0] != null) {
      throw failure[0];
    }
    return more[0];
  }

  private void put(TableCheck check) {
    persist(
        "noting the verdict of " + check.table(), () -> book.put(check.verdict(), check.shape()));
  }

  private void put(Verdict verdict) {
    persist("noting the verdict of " + verdict.table(), () -> book.put(verdict));
  }

  /** Something that needs both servers. */
  private interface Work {
    void run() throws SQLException;
  }

  /** Does something as often as it takes. */
  private void persist(String what, Work work) {
    long pause = FIRST_PAUSE_NANOS;
    while (true) {
      stopIfAsked(0);
      try {
        work.run();
        return;
      } catch (SQLException e) {
        String failure = "%s: SQLSTATE %s, %s".formatted(what, e.getSQLState(), e.getMessage());
        if (pause == FIRST_PAUSE_NANOS) {
          progress.accept(failure + "; trying again");
        }
        note("waiting, " + failure, false);
        book.close();
        stopIfAsked(pause);
        pause = Math.min(LONGEST_PAUSE_NANOS, pause * 2);
      }
    }
  }

  private void waitForTarget(long nanos, String what) {
    if (nanos > patienceNanos) {
      patienceNanos = options.patience().toNanos() / LESS_PATIENT;
      throw new LateException("waited for " + what);
    }
    if (nanos > NOTE_NANOS) {
      note(doing + "; waiting for " + what, false);
    }
    stopIfAsked(LOOK_PAUSE_NANOS);
  }

  private void stopIfAsked(long nanos) {
    try {
      if (stopped.await(nanos, TimeUnit.NANOSECONDS)) {
        throw new StoppedException();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }

  /** Notes now and then, or at once, that it is alive. */
  private void note(String what, boolean atOnce) {
    if (atOnce || System.nanoTime() - notedAt > NOTE_NANOS) {
      notedAt = System.nanoTime();
      try {
        book.doing(what, rounds);
      } catch (SQLException e) {
        // the next thing that is to be noted waits for the target
        book.close();
      }
    }
  }

  /** Ends {@link #run} soon; does not wait for it. */
  @Override
  public void close() {
    stopped.countDown();
  }
}
