package dev.cdcpipeline.transforms.quality;

import dev.cdcpipeline.transforms.shop.OrderItem;

/** An item of which none or fewer were ordered. */
public final class NonPositiveQuantity implements RowRule<OrderItem> {
  @Override
  public String name() {
    return "NON_POSITIVE_QUANTITY";
  }

  @Override
  public String violation(OrderItem item) {
    return item.quantity() != null && item.quantity() <= 0
        ? "quantity is " + item.quantity()
        : null;
  }
}
