package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.ShopDatabases;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A source that is written all the time and a target that follows it, a little late, whole commits
 * at a time, as the transactional sink does: rows and position in one transaction.
 *
 * <p>One thread writes at the source and notes what it has committed; another applies the same
 * statements to the mirrors. The position is a place of the log behind all that was applied and
 * before all that was not.
 */
final class WrittenShop implements AutoCloseable {

  /** The follower must not fall behind for good on a slow machine. */
  private static final int BACKLOG = 100;

  private final ShopDatabases shop;
  private final Duration delay;
  private final Object order = new Object();
  private final List<String> committed = new ArrayList<>();
  private final AtomicBoolean writing = new AtomicBoolean(true);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicLong transactions = new AtomicLong();
  private final List<Throwable> failures = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Random random;

  WrittenShop(ShopDatabases shop, Duration delay, long seed) throws SQLException {
    this.shop = shop;
    this.delay = delay;
    this.random = new Random(seed);
    prepare(shop);
    start("writer", this::write);
    start("follower", this::follow);
  }

  /** Mirrors of the shop's tables, equal to them, with the ledger of a sink. */
  static void prepare(ShopDatabases shop) throws SQLException {
    shop.onTarget(
        "CREATE TABLE cdc.offsets (sink text, topic text, partition int, next_offset bigint)",
        "INSERT INTO cdc.offsets SELECT 'analytics', 'shop.public.' || t, 0, 1 FROM"
            + " unnest('{customers,products,orders,order_items}'::text[]) t",
        "CREATE TABLE cdc.position (sink text PRIMARY KEY, commit_lsn pg_lsn)",
        "INSERT INTO cdc.position VALUES ('analytics', '0/1')");
    for (String table : List.of("customers", "products", "orders", "order_items")) {
      String columns =
          ShopDatabases.value(
              shop.sourceUrl(),
              "SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod),"
                  + " ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '"
                  + table
                  + "'::regclass AND attnum > 0");
      shop.onTarget(
          "CREATE TABLE mirror."
              + table
              + " ("
              + columns
              + ", _cdc_applied_at timestamptz, _cdc_position pg_lsn, PRIMARY KEY ("
              + ShopDatabases.value(
                  shop.sourceUrl(),
                  "SELECT attname FROM pg_attribute WHERE attrelid = '"
                      + table
                      + "'::regclass AND attnum = 1")
              + "))");
      String rows =
          ShopDatabases.value(
              shop.sourceUrl(), "SELECT coalesce(json_agg(t), '[]') FROM " + table + " t");
      shop.onTarget(
          "INSERT INTO mirror."
              + table
              + " SELECT * FROM json_populate_recordset(NULL::mirror."
              + table
              + ", '"
              + rows.replace("'", "''")
              + "')");
    }
  }

  private interface Work {
    void run() throws SQLException;
  }

  private void start(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (SQLException | RuntimeException e) {
                synchronized (failures) {
                  failures.add(e);
                }
              }
            },
            name);
    thread.start();
    threads.add(thread);
  }

  private void write() throws SQLException {
    int orders = 0;
    try (Connection source = DriverManager.getConnection(shop.sourceUrl());
        Statement statement = source.createStatement()) {
      source.setAutoCommit(false);
      while (!closed.get()) {
        if (!writing.get() || backlog() > BACKLOG) {
          LockSupport.parkNanos(1_000_000);
          continue;
        }
        List<String> changes = changes(++orders);
        synchronized (order) {
          for (String change : changes) {
            statement.execute(change.formatted("public."));
          }
          source.commit();
          committed.addAll(changes);
        }
        transactions.incrementAndGet();
        LockSupport.parkNanos(500_000);
      }
    }
  }

  private int backlog() {
    synchronized (order) {
      return committed.size();
    }
  }

  /** One row is written by every transaction; some rows live for a moment only. */
  private List<String> changes(int n) {
    List<String> changes = new ArrayList<>();
    changes.add(
        "UPDATE %sproducts SET stock_quantity = "
            + random.nextInt(1_000)
            + " WHERE product_id = 1");
    changes.add(
        "INSERT INTO %sorders (order_id, customer_id, order_status, total_amount, created_at,"
            + " updated_at) VALUES ("
            + (1_000_000 + n)
            + ", "
            + (1 + random.nextInt(3))
            + ", 'pending', "
            + random.nextInt(100)
            + ", '2026-01-01', '2026-01-01')");
    int older = 1_000_000 + Math.max(1, n - random.nextInt(300));
    changes.add(
        random.nextInt(3) == 0
            ? "DELETE FROM %sorders WHERE order_id = " + older
            : "UPDATE %sorders SET total_amount = total_amount + 1 WHERE order_id = " + older);
    changes.add(
        n % 2 == 0
            ? "DELETE FROM %sorders WHERE order_id = 500"
            : "INSERT INTO %sorders (order_id, order_status, created_at, updated_at) VALUES (500,"
                + " 'moment', '2026-01-01', '2026-01-01') ON CONFLICT DO NOTHING");
    return changes;
  }

  private void follow() throws SQLException {
    try (Connection source = DriverManager.getConnection(shop.sourceUrl());
        Connection target = DriverManager.getConnection(shop.targetUrl("cdc_sink"));
        Statement statement = target.createStatement()) {
      target.setAutoCommit(false);
      while (!closed.get()) {
        List<String> batch;
        String place;
        synchronized (order) {
          batch = List.copyOf(committed);
          committed.clear();
          place = value(source, "SELECT pg_current_wal_insert_lsn()");
        }
        LockSupport.parkNanos(delay.toNanos());
        for (String change : batch) {
          statement.execute(change.formatted("mirror."));
        }
        statement.execute("UPDATE cdc.position SET commit_lsn = '" + place + "'");
        target.commit();
      }
    }
  }

  private static String value(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  /** How many transactions were committed at the source. */
  long transactions() {
    return transactions.get();
  }

  /** Goes on writing, or stops; the target goes on following. */
  void writing(boolean on) {
    writing.set(on);
  }

  @Override
  public void close() {
    closed.set(true);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (!failures.isEmpty()) {
      throw new AssertionError("the scenario's own statements failed", failures.get(0));
    }
  }
}
