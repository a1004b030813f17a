package dev.cdcpipeline.shop.table;

import java.math.BigDecimal;

/**
 * A row of {@code orders}.
 *
 * @param createdAt microseconds since 1970-01-01T00:00, as {@code updatedAt}
 */
public record Order(
    long orderId,
    Long customerId,
    String orderStatus,
    BigDecimal totalAmount,
    String shippingAddress,
    Long createdAt,
    Long updatedAt) {}
