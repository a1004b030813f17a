package dev.cdcpipeline.app.simulate;

import dev.cdcpipeline.app.sql.Query;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the simulator remembers of the shop, so that it can plan without asking: the youngest rows,
 * at most {@value #CAPACITY} of each kind. Not thread-safe.
 */
final class ShopModel {

  static final int CAPACITY = 20_000;

  final Pool<Customer> customers = new Pool<>(CAPACITY);
  final Pool<Product> products = new Pool<>(CAPACITY);
  final Pool<Order> orders = new Pool<>(CAPACITY);

  /**
   * A customer; {@code orders} counts how many were ever given to them, less those known to be
   * gone.
   */
  static final class Customer {
    final long id;
    final String firstName;
    final String lastName;
    int orders;

    Customer(long id, String firstName, String lastName, int orders) {
      this.id = id;
      this.firstName = firstName;
      this.lastName = lastName;
      this.orders = orders;
    }
  }

  /** A product; once sold it is never deleted, even when the order is. */
  static final class Product {
    final long id;
    BigDecimal price;
    boolean sold;

    Product(long id, BigDecimal price, boolean sold) {
      this.id = id;
      this.price = price;
      this.sold = sold;
    }
  }

  /** An order and its items; {@code customerId} is null for an order without a customer. */
  static final class Order {
    final long id;
    Long customerId;
    String status;
    final List<Item> items = new ArrayList<>();

    Order(long id, Long customerId, String status) {
      this.id = id;
      this.customerId = customerId;
      this.status = status;
    }
  }

  /** One line of an order. */
  record Item(long id, long productId, int quantity) {}

  /**
   * Reads what is there already.
   *
   * @throws SimulationException the tables cannot be read
   */
  static ShopModel load(Connection connection) {
    ShopModel model = new ShopModel();
    try {
      Query.of(
              "SELECT * FROM (SELECT c.customer_id, c.first_name, c.last_name,"
                  + " (SELECT count(*) FROM public.orders o WHERE o.customer_id = c.customer_id)"
                  + " FROM public.customers c ORDER BY customer_id DESC LIMIT ?) youngest"
                  + " ORDER BY customer_id",
              CAPACITY)
          .forEach(
              connection,
              row ->
                  model.customers.put(
                      row.getLong(1),
                      new Customer(
                          row.getLong(1), row.getString(2), row.getString(3), row.getInt(4))));
      Query.of(
              "SELECT * FROM (SELECT p.product_id, p.price,"
                  + " EXISTS (SELECT FROM public.order_items i WHERE i.product_id = p.product_id)"
                  + " FROM public.products p ORDER BY product_id DESC LIMIT ?) youngest"
                  + " ORDER BY product_id",
              CAPACITY)
          .forEach(
              connection,
              row ->
                  model.products.put(
                      row.getLong(1),
                      new Product(row.getLong(1), row.getBigDecimal(2), row.getBoolean(3))));
      Query.of(
              "SELECT o.order_id, o.customer_id::bigint, o.order_status, i.item_id::bigint,"
                  + " i.product_id::bigint, i.quantity"
                  + " FROM (SELECT * FROM public.orders ORDER BY order_id DESC LIMIT ?) o"
                  + " LEFT JOIN public.order_items i USING (order_id)"
                  + " ORDER BY o.order_id, i.item_id",
              CAPACITY)
          .forEach(connection, model::addItem);
    } catch (SQLException e) {
      throw SimulationException.of("cannot read the shop's tables", e);
    }
    return model;
  }

  /** Adds an item, if the row has one, to its order, which is the last one or new. */
  private void addItem(ResultSet row) throws SQLException {
    long id = row.getLong(1);
    if (orders.find(id).isEmpty()) {
      orders.put(id, new Order(id, row.getObject(2, Long.class), row.getString(3)));
    }
    Long item = row.getObject(4, Long.class);
    Long product = row.getObject(5, Long.class);
    if (item != null && product != null) {
      orders.find(id).orElseThrow().items.add(new Item(item, product, row.getInt(6)));
    }
  }
}
