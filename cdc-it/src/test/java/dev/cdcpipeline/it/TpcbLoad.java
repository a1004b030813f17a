package dev.cdcpipeline.it;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The four tables and the transaction of {@code pgbench}, TPC-B-like, by JDBC: the binary is no
 * part of the PostgreSQL that the tests run on. {@code pgbench_history} has no key, as there.
 */
final class TpcbLoad implements AutoCloseable {
  static final List<String> TABLES =
      List.of("pgbench_accounts", "pgbench_branches", "pgbench_tellers", "pgbench_history");

  private static final int TELLERS = 10;
  private static final int ACCOUNTS = 100_000;

  private final TableWay way;
  private final int scale;
  private final long seed;
  private final List<Thread> clients = new ArrayList<>();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicReference<SQLException> failure = new AtomicReference<>();
  private volatile boolean stopped;

  /**
   * @param scale branches; each has ten tellers and 100,000 accounts
   */
  TpcbLoad(TableWay way, int scale, long seed) {
    this.way = way;
    this.scale = scale;
    this.seed = seed;
  }

  /** What {@code pgbench -i} does. */
  void initialize() {
    way.commit(
        "CREATE TABLE fidelity.pgbench_branches (bid int NOT NULL, bbalance int, filler char(88))",
        "CREATE TABLE fidelity.pgbench_tellers (tid int NOT NULL, bid int, tbalance int, filler"
            + " char(84))",
        "CREATE TABLE fidelity.pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler"
            + " char(84))",
        "CREATE TABLE fidelity.pgbench_history (tid int, bid int, aid int, delta int, mtime"
            + " timestamp, filler char(22))",
        "INSERT INTO fidelity.pgbench_branches SELECT g, 0 FROM generate_series(1, "
            + scale
            + ") g",
        "INSERT INTO fidelity.pgbench_tellers SELECT g, (g - 1) / %1$d + 1, 0 FROM generate_series(1, %1$d * %2$d) g"
            .formatted(TELLERS, scale),
        "INSERT INTO fidelity.pgbench_accounts SELECT g, (g - 1) / %1$d + 1, 0, '' FROM generate_series(1, %1$d * %2$d) g"
            .formatted(ACCOUNTS, scale),
        "ALTER TABLE fidelity.pgbench_branches ADD PRIMARY KEY (bid)",
        "ALTER TABLE fidelity.pgbench_tellers ADD PRIMARY KEY (tid)",
        "ALTER TABLE fidelity.pgbench_accounts ADD PRIMARY KEY (aid)");
  }

  void start(int count) {
    for (int i = 0; i < count; i++) {
      Random random = new Random(seed + i);
      Thread client = new Thread(() -> run(random), "client " + i);
      clients.add(client);
      client.start();
    }
  }

  private void run(Random random) {
    try (Connection source = way.source()) {
      source.setAutoCommit(false);
      try (PreparedStatement accounts =
              source.prepareStatement(
                  "UPDATE fidelity.pgbench_accounts SET abalance = abalance + ? WHERE aid = ?");
          PreparedStatement balance =
              source.prepareStatement(
                  "SELECT abalance FROM fidelity.pgbench_accounts WHERE aid = ?");
          PreparedStatement tellers =
              source.prepareStatement(
                  "UPDATE fidelity.pgbench_tellers SET tbalance = tbalance + ? WHERE tid = ?");
          PreparedStatement branches =
              source.prepareStatement(
                  "UPDATE fidelity.pgbench_branches SET bbalance = bbalance + ? WHERE bid = ?");
          PreparedStatement history =
              source.prepareStatement(
                  "INSERT INTO fidelity.pgbench_history (tid, bid, aid, delta, mtime) VALUES (?, ?,"
                      + " ?, ?, CURRENT_TIMESTAMP)")) {
        while (!stopped) {
          int aid = 1 + random.nextInt(ACCOUNTS * scale);
          int tid = 1 + random.nextInt(TELLERS * scale);
          int bid = 1 + random.nextInt(scale);
          int delta = random.nextInt(10_001) - 5_000;
          execute(accounts, delta, aid);
          balance.setInt(1, aid);
          balance.executeQuery().close();
          execute(tellers, delta, tid);
          execute(branches, delta, bid);
          execute(history, tid, bid, aid, delta);
          source.commit();
          transactions.incrementAndGet();
        }
      }
    } catch (SQLException e) {
      failure.compareAndSet(null, e);
    }
  }

  private static void execute(PreparedStatement statement, int... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setInt(i + 1, values[i]);
    }
    statement.executeUpdate();
  }

  /** Transactions committed so far. */
  long transactions() {
    return transactions.get();
  }

  /** Ends the load; fails if a client has failed. */
  @Override
  public void close() {
    stopped = true;
    try {
      for (Thread client : clients) {
        client.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (failure.get() != null) {
      throw new AssertionError("a client's transaction failed", failure.get());
    }
  }
}
