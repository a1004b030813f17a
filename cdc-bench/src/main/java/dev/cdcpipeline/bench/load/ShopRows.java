package dev.cdcpipeline.bench.load;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Many rows at once, made by the source server itself. */
public final class ShopRows {
  private static final int ROWS_A_TRANSACTION = 20_000;

  /** What one transaction of a backlog changes, if the older order is there. */
  private static final int CHANGES_A_TRANSACTION = 6;

  private final String sourceJdbcUrl;

  public ShopRows(String sourceJdbcUrl) {
    this.sourceJdbcUrl = sourceJdbcUrl;
  }

  /** Adds customers and products until there are so many of each. */
  public void fillCatalogue(int customers, int products) throws SQLException {
    execute(
        "INSERT INTO customers (email, first_name, last_name) SELECT 'c' || gen_random_uuid() ||"
            + " '@example.com', 'First' || n, 'Last' || n FROM generate_series(1, "
            + customers
            + " - (SELECT count(*) FROM customers)) n");
    execute(
        "INSERT INTO products (sku, name, description, price, category, stock_quantity) SELECT"
            + " 'SKU-' || gen_random_uuid(), 'Product ' || n, 'A product to be sold', 1 + n % 500 +"
            + " 0.99, 'Category ' || n % 20, 1000 FROM generate_series(1, "
            + products
            + " - (SELECT count(*) FROM products)) n");
    execute("ANALYZE customers, products");
  }

  /**
   * Adds orders with items, in transactions of many rows, as an import would.
   *
   * @param itemsPerOrder items of each; an order's total is their sum
   * @return how many rows were added
   */
  public long addOrders(int orders, int itemsPerOrder) throws SQLException {
    int step = Math.max(1, ROWS_A_TRANSACTION / (1 + itemsPerOrder));
    for (int done = 0; done < orders; done += step) {
      execute(statement(Math.min(step, orders - done), itemsPerOrder));
    }
    return (long) orders * (1 + itemsPerOrder);
  }

  private static String statement(int orders, int itemsPerOrder) {
    // every item costs 9.99 and is bought n % 3 + 1 times, so that totals are right
    return """
    WITH customer AS (SELECT array_agg(customer_id) AS ids FROM customers),
         product AS (SELECT array_agg(product_id) AS ids FROM products),
         o AS (INSERT INTO orders (customer_id, order_status, total_amount, shipping_address, created_at)
               SELECT ids[1 + n * 7919 %% cardinality(ids)],
                      (ARRAY['pending', 'processing', 'shipped', 'delivered'])[1 + n %% 4],
                      %2$d * 9.99 * (n %% 3 + 1), n || ' Main Street, Springfield',
                      localtimestamp - n %% 72 * interval '1 hour'
               FROM generate_series(1, %1$d) n, customer
               RETURNING order_id, total_amount)
    INSERT INTO order_items (order_id, product_id, quantity, unit_price)
    SELECT order_id, ids[1 + (order_id * 31 + i * 7907) %% cardinality(ids)],
           (total_amount / (%2$d * 9.99))::int, 9.99
    FROM o, product, generate_series(1, %2$d) i
    """
        .formatted(orders, itemsPerOrder);
  }

  /**
   * Makes a backlog of small transactions: each a new order with four items and the next status of
   * an older order, six changes.
   *
   * @return how many changes were committed
   */
  public long addBacklog(int changes) throws SQLException {
    int transactions = Math.max(1, changes / CHANGES_A_TRANSACTION);
    try (Connection source = DriverManager.getConnection(sourceJdbcUrl)) {
      // the backlog shall be there soon; nobody measures its making
      Query.of("SET synchronous_commit = off").run(source);
      Query.of(
              """
              DO $$
              DECLARE
                customer int[] := (SELECT array_agg(customer_id) FROM customers);
                product int[] := (SELECT array_agg(product_id) FROM products);
                oldest int := (SELECT coalesce(min(order_id), 1) FROM orders);
                made int;
                quantity int;
                moved int;
                total bigint := 0;
              BEGIN
                FOR n IN 1..%d LOOP
                  quantity := n %% 3 + 1;
                  INSERT INTO orders (customer_id, order_status, total_amount, shipping_address)
                  VALUES (customer[1 + n * 7919 %% cardinality(customer)], 'pending', 4 * 9.99 * quantity,
                          n || ' Main Street, Springfield')
                  RETURNING order_id INTO made;
                  INSERT INTO order_items (order_id, product_id, quantity, unit_price)
                  SELECT made, product[1 + (n * 31 + i * 7907) %% cardinality(product)], quantity, 9.99
                  FROM generate_series(1, 4) i;
                  UPDATE orders SET order_status = CASE order_status WHEN 'pending' THEN 'processing'
                         WHEN 'processing' THEN 'shipped' ELSE 'delivered' END
                  WHERE order_id = greatest(oldest, made - 1 - n %% 1000);
                  GET DIAGNOSTICS moved = ROW_COUNT;
                  total := total + 5 + moved;
                  COMMIT;
                END LOOP;
                PERFORM set_config('bench.changes', total::text, false);
              END
              $$\
              """
                  .formatted(transactions))
          .run(source);
      return Query.of("SELECT current_setting('bench.changes')").number(source);
    }
  }

  /** How many rows of the shop's four tables there are. */
  public long count() throws SQLException {
    try (Connection source = DriverManager.getConnection(sourceJdbcUrl)) {
      return Query.of(
              "SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM products)"
                  + " + (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_items)")
          .number(source);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection source = DriverManager.getConnection(sourceJdbcUrl)) {
      Query.of(sql).run(source);
    }
  }
}
