package dev.cdcpipeline.transforms.topology;

import java.math.BigDecimal;

/** Placeholder. */
public final class Records {
  public record ProductSales(
      long productId,
      String sku,
      String name,
      String category,
      long orderCount,
      long unitsSold,
      BigDecimal totalRevenue,
      BigDecimal avgQuantityPerOrder,
      long sourceLsn) {}

  public record CustomerOrderSummary(
      long customerId,
      String email,
      String fullName,
      long totalOrders,
      BigDecimal totalSpent,
      BigDecimal avgOrderValue,
      Long lastOrderDate,
      long sourceLsn) {}

  public record OrderStatusSummary(
      String orderStatus, long orderCount, BigDecimal totalValue, long sourceLsn) {}

  public record OrderStatusCount(
      long windowStart,
      String orderStatus,
      long orderCount,
      BigDecimal totalValue,
      long sourceLsn) {}

  public record TopCustomerHourly(
      long windowStart, long customerId, long orderCount, BigDecimal totalSpent, long sourceLsn) {}

  public record OrderEnriched(
      long orderId,
      Long customerId,
      String customerEmail,
      String customerName,
      String eventType,
      String orderStatus,
      BigDecimal totalAmount,
      String shippingAddress,
      Long orderCreatedAt,
      Long orderUpdatedAt,
      String operation,
      long eventTimestamp,
      long commitSeq,
      long sourceLsn,
      long sourceOrder) {}

  public record Violation(
      String rule,
      String sourceTable,
      String rowKey,
      String detail,
      long detectedAt,
      Long resolvedAt) {}

  private Records() {}
}
