package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Every kind of change of every table reaches every mirror and every result. Each scenario writes
 * rows of its own, and compares the whole target with the source.
 */
@CdcStackTest
class ChangesIT {
  private final TableWay way;

  ChangesIT(TableWay way) {
    this.way = way;
  }

  private String customer(String email) {
    return way.sourceValue(
        "INSERT INTO customers (email, first_name, last_name) VALUES (?, 'Test', 'Person')"
            + " RETURNING customer_id",
        email);
  }

  private String product(String sku) {
    return way.sourceValue(
        "INSERT INTO products (sku, name, price, category) VALUES (?, 'Thing', 10.00, 'Tests')"
            + " RETURNING product_id",
        sku);
  }

  private String order(String customer, String total) {
    return way.sourceValue(
        "INSERT INTO orders (customer_id, total_amount) VALUES (?::int, ?::numeric) RETURNING"
            + " order_id",
        customer,
        total);
  }

  private String item(String order, String product, int quantity) {
    return way.sourceValue(
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price)"
            + " VALUES (?::int, ?::int, ?, 10.00) RETURNING item_id",
        order,
        product,
        quantity);
  }

  @Test
  void theSampleDataOfTheSnapshotIsThere() {
    way.assertEqualToTheSource();

    assertThat(way.targetValue("SELECT email FROM mirror.customers WHERE customer_id = 1"))
        .isEqualTo("alice@example.com");
  }

  @Test
  void insertUpdateAndDeleteOfACustomer() {
    String id = customer("iud@example.com");
    way.awaitArrival();
    assertThat(
            way.targetValue(
                "SELECT total_orders || ' ' || total_spent FROM customer_order_summary"
                    + " WHERE customer_id = ?::int",
                id))
        .as("a customer without orders has a row of zeros")
        .isEqualTo("0 0.00");

    way.commit("UPDATE customers SET last_name = 'Else' WHERE customer_id = " + id);
    way.awaitArrival();
    assertThat(
            way.targetValue(
                "SELECT full_name FROM customer_order_summary WHERE customer_id = ?::int", id))
        .isEqualTo("Test Else");

    way.commit("DELETE FROM customers WHERE customer_id = " + id);
    way.assertEqualToTheSource();
    assertThat(
            way.targetValue(
                "SELECT count(*) FROM customer_order_summary WHERE customer_id = ?::int", id))
        .isEqualTo("0");
  }

  @Test
  void insertUpdateAndDeleteOfAProduct() {
    String id = product("IUD-1");
    String order = order("1", "30.00");
    item(order, id, 3);
    way.awaitArrival();
    assertThat(
            way.targetValue("SELECT sku FROM product_sales_metrics WHERE product_id = ?::int", id))
        .isEqualTo("IUD-1");

    way.commit("UPDATE products SET sku = 'IUD-2' WHERE product_id = " + id);
    way.awaitArrival();
    assertThat(
            way.targetRows(
                "SELECT sku, units_sold FROM product_sales_metrics WHERE product_id = " + id))
        .containsExactly("IUD-2|3");

    way.commit(
        "DELETE FROM order_items WHERE product_id = " + id,
        "DELETE FROM products WHERE product_id = " + id);
    way.assertEqualToTheSource();
  }

  @Test
  void insertUpdateAndDeleteOfAnOrder() {
    String id = order("2", "12.50");
    way.commit("UPDATE orders SET order_status = 'shipped' WHERE order_id = " + id);
    way.commit("DELETE FROM orders WHERE order_id = " + id);

    way.assertEqualToTheSource();
    assertThat(
            way.targetRows(
                "SELECT event_type, order_status, total_amount, customer_email FROM order_events"
                    + " WHERE order_id = "
                    + id
                    + " ORDER BY commit_seq, source_lsn, source_order"))
        .containsExactly(
            "created|pending|12.50|bob@example.com",
            "updated|shipped|12.50|bob@example.com",
            "deleted|shipped|12.50|bob@example.com");
  }

  @Test
  void insertUpdateAndDeleteOfAnItem() {
    String order = order("3", "20.00");
    String id = item(order, "1", 2);
    way.awaitArrival();
    way.commit("UPDATE order_items SET quantity = 5 WHERE item_id = " + id);
    way.awaitArrival();
    way.assertEqualToTheSource();

    way.commit("DELETE FROM order_items WHERE item_id = " + id);
    way.assertEqualToTheSource();
  }

  @Test
  void anOrderMovesToAnotherCustomerAndAnItemToAnotherProduct() {
    String order = order("1", "10.00");
    String item = item(order, "2", 1);
    way.awaitArrival();

    way.commit(
        "UPDATE orders SET customer_id = 3 WHERE order_id = " + order,
        "UPDATE order_items SET product_id = 3 WHERE item_id = " + item);

    way.assertEqualToTheSource();
  }

  @Test
  void aPrimaryKeyChangeIsADeletionAndACreation() {
    String id = order("1", "77.00");
    way.awaitArrival();

    way.commit("UPDATE orders SET order_id = order_id + 500000000 WHERE order_id = " + id);

    way.assertEqualToTheSource();
    assertThat(
            way.targetRows(
                "SELECT order_id - "
                    + id
                    + ", event_type FROM order_events WHERE order_id IN ("
                    + id
                    + ", "
                    + id
                    + " + 500000000) ORDER BY commit_seq, source_lsn, source_order, event_type"
                    + " DESC"))
        .containsExactly("0|created", "0|deleted", "500000000|created");
  }

  @Test
  void anOrderCreatedAndUpdatedInOneTransaction() {
    way.commit(
        "INSERT INTO orders (order_id, customer_id, total_amount) VALUES (500001, 1, 0)",
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (500001, 1, 2,"
            + " 5)",
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (500001, 2, 1,"
            + " 5)",
        "UPDATE orders SET total_amount = 15 WHERE order_id = 500001",
        "UPDATE orders SET order_status = 'confirmed' WHERE order_id = 500001");

    way.assertEqualToTheSource();
    assertThat(
            way.targetRows(
                "SELECT event_type, order_status, total_amount FROM order_events"
                    + " WHERE order_id = 500001 ORDER BY commit_seq, source_lsn, source_order"))
        .containsExactly(
            "created|pending|0.00", "updated|pending|15.00", "updated|confirmed|15.00");
  }

  @Test
  void aRollbackLeavesNoTrace() throws Exception {
    try (var source = way.source();
        var statement = source.createStatement()) {
      source.setAutoCommit(false);
      statement.execute(
          "INSERT INTO orders (order_id, customer_id, total_amount) VALUES (600001, 1, 1)");
      source.rollback();
    }

    way.assertEqualToTheSource();
    assertThat(way.targetValue("SELECT count(*) FROM order_events WHERE order_id = 600001"))
        .isEqualTo("0");
  }

  @Test
  void nullsAndAValueOfManyKilobytes() {
    way.commit(
        "INSERT INTO orders (order_id, customer_id, order_status, total_amount) VALUES (700001,"
            + " NULL, NULL, NULL)",
        "INSERT INTO orders (order_id, customer_id, total_amount, shipping_address) VALUES (700002,"
            + " 1, 5, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 2000) i))");
    way.awaitArrival();
    way.commit("UPDATE orders SET order_status = 'paid' WHERE order_id = 700002");

    way.assertEqualToTheSource();
    assertThat(
            way.targetValue(
                "SELECT length(shipping_address) FROM mirror.orders WHERE order_id = 700002"))
        .isEqualTo("64000");
  }

  @Test
  void aTransactionOfAHundredThousandRows() {
    way.commit(
        "INSERT INTO orders (order_id, customer_id, total_amount) SELECT 1000000 + i, 1 + i % 3, i"
            + " FROM generate_series(1, 50000) i",
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT 1000000 + i, 1"
            + " + i % 4, 1 + i % 7, 3.50 FROM generate_series(1, 50000) i");

    way.assertEqualToTheSource();
    assertThat(way.targetValue("SELECT count(*) FROM mirror.orders WHERE order_id > 1000000"))
        .isEqualTo("50000");
  }

  @Test
  void truncateTakesEveryRowOfTheTable() {
    String order = order("1", "9.00");
    item(order, "1", 9);
    way.awaitArrival();

    way.commit("TRUNCATE order_items, orders");
    way.assertEqualToTheSource();
    assertThat(way.targetValue("SELECT count(*) FROM mirror.order_items")).isEqualTo("0");
    assertThat(way.targetValue("SELECT count(*) FROM product_sales_metrics")).isEqualTo("0");

    item(order("2", "4.00"), "2", 4);
    way.assertEqualToTheSource();
  }
}
