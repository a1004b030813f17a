package dev.cdcpipeline.bench.load;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
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
 * cheap for the client. It makes one or more sales: a new order with four items, and the next
 * status of an older order; six changes.
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

  /** The same for several sales, which come as arrays; a third of the source's cost by the sale. */
  private static final String SALES =
      """
      WITH o AS (INSERT INTO orders (customer_id, order_status, total_amount, shipping_address)
                 SELECT customer, 'pending', 4 * 9.99 * quantity, '12 Main Street, Springfield'
                 FROM unnest(?::int[], ?::int[]) s(customer, quantity)
                 RETURNING order_id, total_amount),
           n AS (SELECT order_id, (total_amount / (4 * 9.99))::int AS quantity,
                        4 * (row_number() OVER () - 1) AS before FROM o),
           i AS (INSERT INTO order_items (order_id, product_id, quantity, unit_price)
                 SELECT n.order_id, (?::int[])[n.before + k], n.quantity, 9.99
                 FROM n, generate_series(1, 4) k),
           u AS (UPDATE orders SET order_status = CASE order_status WHEN 'pending' THEN 'processing'
                        WHEN 'processing' THEN 'shipped' ELSE 'delivered' END
                 WHERE order_id = ANY (?) RETURNING 1)
      SELECT (SELECT array_agg(order_id) FROM o), (SELECT count(*) FROM u)\
      """;

  private static final int ITEMS = 4;
  private static final long PAUSE_WHILE_HELD = 1_000_000L;

  private final String sourceJdbcUrl;
  private final double perSecond;
  private final int connections;
  private final int sales;
  private final BooleanSupplier held;
  private final ExecutorService threads;
  private final AtomicLong changes = new AtomicLong();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicLong lastCommitMillis = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean stopping;

  /**
   * @param perSecond transactions a second; infinite for as many as are possible
   * @param sales in each transaction
   * @param held while true no transaction is started
   */
  public ShopTraffic(
      String sourceJdbcUrl, double perSecond, int connections, int sales, BooleanSupplier held) {
    this.sourceJdbcUrl = sourceJdbcUrl;
    this.perSecond = perSecond;
    this.connections = connections;
    this.sales = sales;
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

  /** When the last transaction was committed, milliseconds since 1970; 0 before the first. */
  public long lastCommitMillis() {
    return lastCommitMillis.get();
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
        PreparedStatement sale = source.prepareStatement(sales == 1 ? SALE : SALES)) {
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
        if (sales == 1) {
          sellOne(sale, customers, products, orders, random);
        } else {
          sellMany(sale, customers, products, orders, random);
        }
        lastCommitMillis.set(System.currentTimeMillis());
        transactions.incrementAndGet();
      }
    } catch (SQLException | RuntimeException e) {
      failure.compareAndSet(null, e);
      stopping = true;
    }
  }

  private void sellOne(
      PreparedStatement sale,
      List<Integer> customers,
      List<Integer> products,
      List<Integer> orders,
      SplittableRandom random)
      throws SQLException {
    int quantity = 1 + random.nextInt(3);
    sale.setInt(1, pick(customers, random));
    sale.setInt(2, quantity);
    sale.setInt(3, quantity);
    sale.setObject(4, picked(products, ITEMS, random));
    sale.setInt(5, pick(orders, random));
    try (ResultSet row = sale.executeQuery()) {
      row.next();
      changes.addAndGet(1 + ITEMS + row.getLong(2));
      orders.set(random.nextInt(orders.size()), row.getInt(1));
    }
  }

  private void sellMany(
      PreparedStatement sale,
      List<Integer> customers,
      List<Integer> products,
      List<Integer> orders,
      SplittableRandom random)
      throws SQLException {
    int[] older = picked(orders, sales, random);
    // connections that update the same orders do so in one direction
    Arrays.sort(older);
    sale.setObject(1, picked(customers, sales, random));
    sale.setObject(2, random.ints(sales, 1, 4).toArray());
    sale.setObject(3, picked(products, ITEMS * sales, random));
    sale.setObject(4, older);
    try (ResultSet row = sale.executeQuery()) {
      row.next();
      changes.addAndGet((long) (1 + ITEMS) * sales + row.getLong(2));
      for (Integer order : (Integer[]) row.getArray(1).getArray()) {
        orders.set(random.nextInt(orders.size()), order);
      }
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

  private static int[] picked(List<Integer> ids, int count, SplittableRandom random) {
    return random.ints(count, 0, ids.size()).map(ids::get).toArray();
  }

  private static int pick(List<Integer> ids, SplittableRandom random) {
    return ids.get(random.nextInt(ids.size()));
  }

  private static List<Integer> ids(Connection source, String query) throws SQLException {
    List<Integer> ids = Query.of(query).list(source, row -> row.getInt(1));
    if (ids.isEmpty()) {
      throw new SQLException("there is nothing to sell yet: no row of " + query);
    }
    return ids;
  }
}
