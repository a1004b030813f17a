package dev.cdcpipeline.it;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Writers that move money between the bank's accounts, and now and then give an account another
 * key, another branch or holder, close it or open it again; some transactions they roll back. Each
 * transaction leaves the total as it was.
 */
final class Transfers implements AutoCloseable {
  private static final int ACCOUNTS = 1_000;
  private static final long OTHER_KEY = 1_000_000;

  private final Bank bank;
  private final Duration pause;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<CompletableFuture<Void>> writers = new ArrayList<>();
  private final AtomicLong commits = new AtomicLong();
  private volatile boolean stopped;

  /**
   * Starts the writers.
   *
   * @param pause of each writer after each transaction
   */
  Transfers(Bank bank, int writers, Duration pause, long seed) {
    this.bank = bank;
    this.pause = pause;
    for (int i = 0; i < writers; i++) {
      Random random = new Random(seed + i);
      this.writers.add(CompletableFuture.runAsync(() -> run(random), threads));
    }
  }

  /** Transactions committed so far. */
  long commits() {
    return commits.get();
  }

  private void run(Random random) {
    try (Connection connection = bank.source()) {
      connection.setAutoCommit(false);
      while (!stopped) {
        transaction(connection, random);
        if (random.nextInt(20) == 0) {
          connection.rollback();
        } else {
          connection.commit();
          commits.incrementAndGet();
        }
        LockSupport.parkNanos(pause.toNanos());
      }
    } catch (SQLException e) {
      throw new AssertionError("a writer's transaction failed at the source", e);
    }
  }

  private static void transaction(Connection connection, Random random) throws SQLException {
    int first = 1 + random.nextInt(ACCOUNTS);
    int second = 1 + random.nextInt(ACCOUNTS);
    if (first == second) {
      second = first % ACCOUNTS + 1;
    }
    // in one order, so that writers wait for each other and never deadlock
    lock(connection, Math.min(first, second));
    lock(connection, Math.max(first, second));
    long from = find(connection, first);
    long to = find(connection, second);
    if (from == 0 || to == 0) {
      reopen(connection, from == 0 ? first : second, from == 0 ? to : from, random);
      return;
    }
    int cents = random.nextInt(100_000) - 50_000;
    switch (random.nextInt(10)) {
      case 0 -> changeKey(connection, from);
      case 1 -> {
        // closed: what it holds goes to the other, in the same transaction
        update(
            connection,
            "UPDATE accounts SET balance = balance + (SELECT balance FROM accounts WHERE account_id"
                + " = ?) WHERE account_id = ?",
            from,
            to);
        update(connection, "DELETE FROM accounts WHERE account_id = ?", from);
      }
      case 2 ->
          update(
              connection,
              "UPDATE accounts SET branch = (branch + ?) % 10, holder = (holder + 1) % 97 WHERE"
                  + " account_id = ?",
              1 + random.nextInt(9),
              from);
      case 3 -> {
        // a transfer, a new key, and a transfer back to the account under its new key
        transfer(connection, from, to, cents);
        long renamed = changeKey(connection, to);
        transfer(connection, renamed, from, cents / 2);
      }
      case 4 ->
          update(
              connection,
              "UPDATE accounts SET note = (SELECT string_agg(md5((? * k)::text), '') FROM"
                  + " generate_series(1, 100) k) WHERE account_id = ?",
              cents,
              from);
      default -> transfer(connection, from, to, cents);
    }
  }

  private static void transfer(Connection connection, long from, long to, int cents)
      throws SQLException {
    String sql = "UPDATE accounts SET balance = balance + ?::numeric / 100 WHERE account_id = ?";
    update(connection, sql, -cents, from);
    update(connection, sql, cents, to);
  }

  private static long changeKey(Connection connection, long id) throws SQLException {
    long other = id > OTHER_KEY ? id - OTHER_KEY : id + OTHER_KEY;
    update(connection, "UPDATE accounts SET account_id = ? WHERE account_id = ?", other, id);
    return other;
  }

  private static void reopen(Connection connection, long id, long giver, Random random)
      throws SQLException {
    if (giver == 0) {
      update(
          connection, "INSERT INTO accounts VALUES (?, ?, ?, 0)", id, id % 10, random.nextInt(97));
    } else {
      update(connection, "INSERT INTO accounts VALUES (?, ?, ?, 12.5)", id, id % 10, id % 97);
      update(
          connection, "UPDATE accounts SET balance = balance - 12.5 WHERE account_id = ?", giver);
    }
  }

  private static void lock(Connection connection, int account) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT pg_advisory_xact_lock(?)")) {
      statement.setLong(1, account);
      statement.execute();
    }
  }

  /** The key that an account has at the moment, 0 if it is closed. */
  private static long find(Connection connection, int account) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT account_id FROM accounts WHERE account_id IN (?, ?)")) {
      statement.setLong(1, account);
      statement.setLong(2, account + OTHER_KEY);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  private static void update(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.executeUpdate();
    }
  }

  /** Lets each writer end its transaction; fails if one had failed. */
  void stop() {
    stopped = true;
    writers.forEach(CompletableFuture::join);
  }

  @Override
  public void close() {
    stopped = true;
    threads.shutdown();
  }
}
