package dev.cdcpipeline.app.simulate;

/**
 * New keys for new rows, known before the row is inserted, so that a plan depends on the seed alone
 * and not on which connection was faster.
 */
interface IdSupply {

  /** Returns a key no row of the table has or will be given by anyone else. */
  long next(Sequence sequence);

  /** The sequences behind the tables' keys. */
  enum Sequence {
    CUSTOMERS("public.customers_customer_id_seq"),
    PRODUCTS("public.products_product_id_seq"),
    ORDERS("public.orders_order_id_seq"),
    ORDER_ITEMS("public.order_items_item_id_seq");

    private final String sqlName;

    Sequence(String sqlName) {
      this.sqlName = sqlName;
    }

    String sqlName() {
      return sqlName;
    }
  }
}
