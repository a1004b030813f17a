package dev.cdcpipeline.shop.rule;

import dev.cdcpipeline.shop.table.OrderItem;
import dev.cdcpipeline.transforms.quality.RowRule;

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
