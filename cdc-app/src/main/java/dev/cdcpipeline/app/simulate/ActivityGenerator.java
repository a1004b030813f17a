package dev.cdcpipeline.app.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The shop's life as an endless list of transactions that depends on the seed and on what the shop
 * held at the start, on nothing else. Not thread-safe.
 */
final class ActivityGenerator {

  private static final int TOTAL_WEIGHT;

  static {
    int total = 0;
    for (Activity activity : Activity.values()) {
      total += activity.weight();
    }
    TOTAL_WEIGHT = total;
  }

  private final SplittableRandom random;
  private final OrderActivities orders;
  private final CatalogueActivities catalogue;

  ActivityGenerator(long seed, ShopModel shop, IdSupply ids) {
    this.random = new SplittableRandom(seed);
    this.orders = new OrderActivities(shop, ids, random);
    this.catalogue = new CatalogueActivities(shop, ids, random);
  }

  /**
   * Returns the next transaction; what cannot happen yet (no order to cancel) gives its place to
   * another.
   */
  ShopTransaction next() {
    Optional<ShopTransaction> planned = plan(pick());
    while (planned.isEmpty()) {
      planned = random.nextBoolean() ? orders.place() : catalogue.addCustomer();
      if (planned.isEmpty()) {
        planned = catalogue.addProduct();
      }
    }
    return planned.get();
  }

  private Activity pick() {
    int place = random.nextInt(TOTAL_WEIGHT);
    for (Activity activity : Activity.values()) {
      place -= activity.weight();
      if (place < 0) {
        return activity;
      }
    }
    throw new AssertionError("weights do not add up to " + TOTAL_WEIGHT);
  }

  private Optional<ShopTransaction> plan(Activity activity) {
    return switch (activity) {
      case ORDER_PLACED -> orders.place();
      case STATUS_CHANGED -> orders.advance();
      case STOCK_CHANGED -> catalogue.changeStock();
      case CUSTOMER_ADDED -> catalogue.addCustomer();
      case QUANTITY_CHANGED -> orders.changeQuantity();
      case PRICE_CHANGED -> catalogue.changePrice();
      case ORDER_CANCELLED -> orders.cancel();
      case ITEM_REMOVED -> orders.removeItem();
      case ITEM_ADDED -> orders.addItem();
      case EMAIL_CHANGED -> catalogue.changeEmail();
      case ORDER_DELETED -> orders.delete();
      case PRODUCT_ADDED -> catalogue.addProduct();
      case UNSOLD_PRODUCT_DELETED -> catalogue.deleteUnsoldProduct();
      case ORDER_MOVED -> orders.move();
      case KEY_CHANGED -> random.nextBoolean() ? orders.renumber() : catalogue.renumberCustomer();
    };
  }
}
