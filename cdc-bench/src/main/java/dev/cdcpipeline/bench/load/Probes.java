package dev.cdcpipeline.bench.load;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Transactions that can be told apart in every result: each makes a customer, a product, an order
 * with a status of its own and an item of quantity zero, so that every result, the violations too,
 * gets a row for it that no other transaction writes.
 */
public final class Probes {
  private static final String PROBE =
      """
      WITH c AS (INSERT INTO customers (email, first_name, last_name)
                 VALUES (?, 'Probe', 'Probe') RETURNING customer_id),
           p AS (INSERT INTO products (sku, name, price, category, stock_quantity)
                 VALUES (?, 'Probe', 1.00, 'Probes', 1) RETURNING product_id),
           o AS (INSERT INTO orders (customer_id, order_status, total_amount, shipping_address)
                 SELECT customer_id, ?, 0, 'nowhere' FROM c RETURNING order_id)
      INSERT INTO order_items (order_id, product_id, quantity, unit_price)
      SELECT order_id, product_id, 0, 1.00 FROM o, p\
      """;

  private final String sourceJdbcUrl;

  public Probes(String sourceJdbcUrl) {
    this.sourceJdbcUrl = sourceJdbcUrl;
  }

  /**
   * Commits probes at a steady rate on one connection.
   *
   * @param name begins the names of its rows; no two runs may have the same
   * @return how many
   */
  public int run(String name, double perSecond, Duration duration) throws SQLException {
    try (Connection source = DriverManager.getConnection(sourceJdbcUrl);
        PreparedStatement probe = source.prepareStatement(PROBE)) {
      long begin = System.nanoTime();
      int count = (int) (perSecond * duration.toNanos() / 1e9);
      for (int n = 0; n < count; n++) {
        long wait;
        while ((wait = begin + (long) (n * 1e9 / perSecond) - System.nanoTime()) > 0) {
          LockSupport.parkNanos(wait);
        }
        String own = name + "-" + n;
        probe.setString(1, own);
        probe.setString(2, own);
        probe.setString(3, own);
        probe.executeUpdate();
      }
      return count;
    }
  }
}
