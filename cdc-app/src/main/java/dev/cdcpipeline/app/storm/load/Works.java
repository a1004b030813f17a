package dev.cdcpipeline.app.storm.load;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/** The kinds of transactions, and how often each is chosen. Thread-safe. */
final class Works {
  private static final int COLUMNS = 8;
  static final int LARGE_LEAST = 8_000;
  private static final int LARGE_MORE = 12_000;
  private static final int KEPT = 200;
  private static final Duration HELD = Duration.ofSeconds(6);

  private static final String SNAPSHOT_READER =
      "SELECT FROM pg_stat_activity WHERE usename = 'cdc_connector' AND backend_xmin IS NOT NULL";

  private final AtomicInteger columns = new AtomicInteger();

  /** Chooses one. */
  Work any(RandomGenerator random) {
    int choice = random.nextInt(10_000);
    if (choice < 5_600) {
      return Works::small;
    }
    if (choice < 6_400) {
      return Works::slow;
    }
    if (choice < 7_200) {
      return Works::savepoints;
    }
    if (choice < 7_900) {
      return Works::keys;
    }
    if (choice < 8_500) {
      return Works::copy;
    }
    if (choice < 9_500) {
      return Works::delete;
    }
    if (choice < 9_945) {
      return Works::truncate;
    }
    if (choice < 9_995) {
      return this::addColumn;
    }
    return Works::large;
  }

  /** One change or a few. */
  static void small(SessionTransaction transaction) throws SQLException {
    RandomGenerator random = transaction.random();
    if (random.nextBoolean()) {
      transaction.insert(1 + random.nextInt(3));
    } else {
      transaction.change(1 + random.nextInt(4));
    }
    transaction.append();
  }

  /** Changes with pauses between, while others commit. */
  private static void slow(SessionTransaction transaction) throws SQLException {
    int parts = 2 + transaction.random().nextInt(4);
    for (int i = 0; i < parts; i++) {
      transaction.insert(1 + transaction.random().nextInt(5));
      transaction.pause(Duration.ofMillis(400));
      transaction.change(1 + transaction.random().nextInt(3));
    }
    transaction.append();
  }

  /**
   * Changes something before another session's commit and right after it, and waits. Every second
   * one writes so much that it comes in parts.
   */
  static void held(SessionTransaction transaction, Handover handover) throws SQLException {
    transaction.insert(1 + transaction.random().nextInt(5));
    handover.awaitCommit();
    if (transaction.random().nextBoolean()) {
      transaction.copy(LARGE_LEAST + transaction.random().nextInt(LARGE_MORE));
    } else {
      transaction.insert(1 + transaction.random().nextInt(5));
      transaction.pause(HELD);
    }
    transaction.append();
  }

  private static void savepoints(SessionTransaction transaction) throws SQLException {
    transaction.insert(1);
    transaction.execute("SAVEPOINT one");
    transaction.insert(1 + transaction.random().nextInt(10));
    transaction.execute("SAVEPOINT two");
    transaction.annotate(1);
    transaction.execute(
        transaction.random().nextBoolean() ? "ROLLBACK TO two" : "RELEASE SAVEPOINT two");
    transaction.change(2);
    transaction.execute(
        transaction.random().nextBoolean() ? "ROLLBACK TO one" : "RELEASE SAVEPOINT one");
    transaction.append();
  }

  private static void keys(SessionTransaction transaction) throws SQLException {
    transaction.changeKey();
    transaction.swapKeys();
    transaction.annotate(1);
    transaction.append();
  }

  private static void copy(SessionTransaction transaction) throws SQLException {
    transaction.copy(10 + transaction.random().nextInt(120));
    transaction.append();
  }

  private static void delete(SessionTransaction transaction) throws SQLException {
    transaction.deleteOld(KEPT);
    transaction.append();
  }

  private static void truncate(SessionTransaction transaction) throws SQLException {
    transaction.insert(1);
    transaction.append();
    transaction.execute("SET LOCAL lock_timeout = '2s'");
    if (transaction.random().nextInt(3) == 0) {
      transaction.execute("SAVEPOINT filled");
      transaction.execute("TRUNCATE storm_scratch");
      // PostgreSQL: a snapshot that is older than a TRUNCATE, and reads the table later, reads none
      // of the rows that it should. So none is made while the source connector reads a snapshot
      if (transaction.isThere(SNAPSHOT_READER)) {
        transaction.execute("ROLLBACK TO filled");
      }
    }
    for (int i = 0; i < 3; i++) {
      transaction.update(
          "INSERT INTO storm_scratch VALUES (?, ?, 'content')",
          transaction.newId(),
          transaction.session());
    }
  }

  private void addColumn(SessionTransaction transaction) throws SQLException {
    transaction.insert(2);
    transaction.append();
    int number = columns.get();
    if (number < COLUMNS && columns.compareAndSet(number, number + 1)) {
      transaction.execute("SET LOCAL lock_timeout = '2s'");
      transaction.execute(
          "ALTER TABLE storm_rows ADD COLUMN extra_%d INT%s"
              .formatted(number, number % 2 == 0 ? "" : " DEFAULT 7"));
      transaction.execute(
          "UPDATE storm_rows SET extra_%d = value WHERE session = %d"
              .formatted(number, transaction.session()));
    }
  }

  /** More than the sink holds in memory, and at once or soon away again. */
  private static void large(SessionTransaction transaction) throws SQLException {
    int count = LARGE_LEAST + transaction.random().nextInt(LARGE_MORE);
    long first = transaction.newId() * 100_000;
    transaction.update(
        "INSERT INTO storm_rows (id, session, value, amount, note) SELECT ? + g, ?, g % 1000, g,"
            + " repeat(md5(g::text), 3) FROM generate_series(1, ?) g",
        first, transaction.session(), count);
    transaction.append();
    if (transaction.random().nextBoolean()) {
      transaction.update("DELETE FROM storm_rows WHERE id BETWEEN ? AND ?", first, first + count);
    }
  }
}
