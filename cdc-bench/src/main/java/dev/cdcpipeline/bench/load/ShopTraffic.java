package dev.cdcpipeline.bench.load;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Transactions at a steady rate on several connections, each transaction one statement and thus
 * cheap for the client: a new order with four items, and the next status of an older order; six
 * changes.
 *
 * <p>The rate is kept by the clock: a transaction that is late is followed at once by the next.
 * Started once; thread-safe.
 */
public final class ShopTraffic implements AutoCloseable {
  private static final String SALE =
      """
      WITH o AS (INSERT INTO orders (customer_id, order_status, total_amount, shipping_address)
                 VALUES (?, 'pending', 4 * 9.99 * ?, '12 Main Street, Springfield') RETURNING order_id),
           i AS (INSERT INTO order_items (order_id, product_id, quantity, unit_price)
                 SELECT o.order_id, p, ?, 9.99 FROM o, unnest(?::int[]) p),
           u AS (UPDATE orders SET order_status = CASE order_status WHEN 'pending' THEN 'processing'
                        WHEN 'processing' THEN 'shipped' ELSE 'delivered' END
                 WHERE order_id = ? RETURNING 1)
      SELECT (SELECT order_id FROM o), (SELECT count(*) FROM u)\
      """;

  private static final long PAUSE_WHILE_HELD = 1_000_000L;
  private static final int RECENT = 5_000;

  private final String sourceJdbcUrl;
  private final double perSecond;
  private final int connections;
  private final BooleanSupplier held;
  private final ExecutorService threads;
  private final AtomicLong changes = new AtomicLong();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean stopping;

  /**
   * @param perSecond transactions a second; infinite for as many as are possible
   * @param held while true no transaction is started
   */
  public ShopTraffic(
      String sourceJdbcUrl, double perSecond, int connections, BooleanSupplier held) {
    this.sourceJdbcUrl = sourceJdbcUrl;
    this.perSecond = perSecond;
    this.connections = connections;
    this.held = held;
    this.threads =
        Executors.newFixedThreadPool(
            connections,
            task -> {
              Thread thread = new Thread(task, "bench-traffic");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Begins; returns at once. */
  public ShopTraffic start() {
    for (int i = 0; i < connections; i++) {
      int worker = i;
      threads.execute(() -> work(worker));
    }
    return this;
  }

  /** Changes committed so far. */
  public long changes() {
    return changes.get();
  }

  /** Transactions committed so far. */
  public long transactions() {
    return transactions.get();
  }

  /**
   * Ends after what is under way.
   *
   * @throws IllegalStateException a transaction failed, so that less was done than was asked for
   */
  @Override
  public void close() {
    stopping = true;
    threads.shutdown();
    try {
      if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
    check();
  }

  /**
   * Says so if it has failed.
   *
   * @throws IllegalStateException with the failure as its cause
   */
  public void check() {
    Exception thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException("the traffic stopped: " + thrown.getMessage(), thrown);
    }
  }

  private void work(int worker) {
    try (Connection source = DriverManager.getConnection(sourceJdbcUrl);
        PreparedStatement sale = source.prepareStatement(SALE)) {
      // none of the probes' rows, which nobody else may change
      List<Integer> customers =
          ids(
              source,
              "SELECT customer_id FROM customers WHERE first_name IS DISTINCT FROM 'Probe'"
                  + " ORDER BY 1");
      List<Integer> products =
          ids(
              source,
              "SELECT product_id FROM products WHERE category IS DISTINCT FROM 'Probes' ORDER BY"
                  + " 1");
      List<Integer> orders =
          ids(
              source,
              "SELECT order_id FROM orders WHERE order_status IN ('pending', 'processing',"
                  + " 'shipped', 'delivered') ORDER BY 1 DESC LIMIT 5000");
      SplittableRandom random = new SplittableRandom(worker);
      double nanosBetween = 1e9 * connections / perSecond;
      long begin = System.nanoTime();
      for (long n = 0; !stopping; n++) {
        await(begin + (long) ((n + (double) worker / connections) * nanosBetween));
        int quantity = 1 + random.nextInt(3);
        sale.setInt(1, pick(customers, random));
        sale.setInt(2, quantity);
        sale.setInt(3, quantity);
        sale.setObject(
            4,
            new int[] {
              pick(products, random),
              pick(products, random),
              pick(products, random),
              pick(products, random)
            });
        sale.setInt(5, pick(orders, random));
        try (ResultSet row = sale.executeQuery()) {
          row.next();
          changes.addAndGet(5 + row.getLong(2));
          transactions.incrementAndGet();
          orders.set(random.nextInt(orders.size()), row.getInt(1));
        }
      }
    } catch (SQLException | RuntimeException e) {
      failure.compareAndSet(null, e);
      stopping = true;
    }
  }

  private void await(long time) {
    while (!stopping && held.getAsBoolean()) {
      LockSupport.parkNanos(PAUSE_WHILE_HELD);
    }
    long wait;
    while (!stopping && (wait = time - System.nanoTime()) > 0) {
      LockSupport.parkNanos(Math.min(wait, 100_000_000L));
    }
  }

  private static int pick(List<Integer> ids, SplittableRandom random) {
    return ids.get(random.nextInt(ids.size()));
  }

  private static List<Integer> ids(Connection source, String query) throws SQLException {
    List<Integer> ids = new ArrayList<>(RECENT);
    try (Statement statement = source.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        ids.add(row.getInt(1));
      }
    }
    if (ids.isEmpty()) {
      throw new SQLException("there is nothing to sell yet: no row of " + query);
    }
    return ids;
  }
}
