package dev.cdcpipeline.app.simulate;

/** What may happen in the shop, and how often. */
public enum Activity {
  ORDER_PLACED(30),
  STATUS_CHANGED(22),
  STOCK_CHANGED(12),
  CUSTOMER_ADDED(8),
  QUANTITY_CHANGED(6),
  PRICE_CHANGED(4),
  ORDER_CANCELLED(4),
  ITEM_REMOVED(3),
  ITEM_ADDED(3),
  EMAIL_CHANGED(3),
  ORDER_DELETED(3),
  PRODUCT_ADDED(2),
  UNSOLD_PRODUCT_DELETED(1),
  ORDER_MOVED(1),
  KEY_CHANGED(1);

  private final int weight;

  Activity(int weight) {
    this.weight = weight;
  }

  /** How often this happens, relative to the others. */
  int weight() {
    return weight;
  }
}
