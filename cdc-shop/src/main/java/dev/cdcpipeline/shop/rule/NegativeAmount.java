package dev.cdcpipeline.shop.rule;

import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.transforms.quality.RowRule;

/** An order with a negative total. */
public final class NegativeAmount implements RowRule<Order> {
  @Override
  public String name() {
    return "NEGATIVE_AMOUNT";
  }

  @Override
  public String violation(Order order) {
    return order.totalAmount() != null && order.totalAmount().signum() < 0
        ? "total_amount is " + order.totalAmount().toPlainString()
        : null;
  }
}
