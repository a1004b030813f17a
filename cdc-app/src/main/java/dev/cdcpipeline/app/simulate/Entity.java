package dev.cdcpipeline.app.simulate;

/**
 * A row that transactions on different connections must not meet in the wrong order.
 *
 * @param table the row's table
 * @param id its key, as the transaction that names it knows it
 */
record Entity(Table table, long id) {

  enum Table {
    CUSTOMERS,
    PRODUCTS,
    ORDERS
  }

  static Entity customer(long id) {
    return new Entity(Table.CUSTOMERS, id);
  }

  static Entity product(long id) {
    return new Entity(Table.PRODUCTS, id);
  }

  static Entity order(long id) {
    return new Entity(Table.ORDERS, id);
  }
}
