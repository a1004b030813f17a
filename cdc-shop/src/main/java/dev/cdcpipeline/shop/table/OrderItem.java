package dev.cdcpipeline.shop.table;

import java.math.BigDecimal;

/** What the results need of a row of {@code order_items}. */
public record OrderItem(
    long itemId, Long orderId, Long productId, Long quantity, BigDecimal unitPrice) {

  /** {@code quantity * unit_price}: null if either is. */
  public BigDecimal amount() {
    return quantity == null || unitPrice == null
        ? null
        : unitPrice.multiply(BigDecimal.valueOf(quantity));
  }
}
