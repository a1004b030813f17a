package dev.cdcpipeline.shop.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.analytics.CustomerOrderSummary;
import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.OrderStatusCount;
import dev.cdcpipeline.model.analytics.OrderStatusSummary;
import dev.cdcpipeline.model.analytics.ProductSales;
import dev.cdcpipeline.model.analytics.TopCustomer;
import dev.cdcpipeline.model.analytics.Violation;
import dev.cdcpipeline.shop.model.AnalyticsDriver;
import dev.cdcpipeline.shop.model.ShopWriter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The story of docs/semantics.md: after each of its steps the topics have what that page says. */
class WorkedExamplesTest {
  private static final long MINUTE = 60_000_000L;

  /** 2023-11-14T10:00, the story's hour 10. */
  private static final long TEN = ShopWriter.START - 12 * 60 * MINUTE;

  private final AnalyticsDriver driver = new AnalyticsDriver();
  private final ShopWriter shop = new ShopWriter(driver);

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void theStory() {
    shop.after(TEN - ShopWriter.START);
    shop.insert(
        "customers",
        "customer_id",
        1,
        "email",
        "ann@example.com",
        "first_name",
        "Ann",
        "last_name",
        "Lee");
    shop.insert("products", "product_id", 5, "sku", "BOOK", "name", "Book", "category", "Books");
    all();

    // 1: the order is created at 10:05
    shop.after(5 * MINUTE);
    shop.insert(
        "orders",
        "order_id",
        7,
        "customer_id",
        1,
        "order_status",
        "pending",
        "total_amount",
        100.00,
        "created_at",
        TEN + 5 * MINUTE);
    assertThat(all())
        .containsExactlyInAnyOrder(
            "event created pending 100.00 by 1 ann@example.com",
            "customer 1 Ann Lee: 1, 100.00, 100.00, 10:05",
            "status pending: 1, 100.00",
            "stints 10:00 pending: 1, 100.00",
            "top 10:00 1: 1, 100.00");

    // 2 and 3: its items
    shop.after(MINUTE);
    item(1, 2);
    shop.after(MINUTE);
    item(2, 1);
    assertThat(all()).containsExactly("sales 5: 1, 2, 20.00, 2.00", "sales 5: 1, 3, 30.00, 3.00");
    driver.pass(Duration.ofSeconds(31));
    assertThat(all())
        .containsExactly("ORDER_TOTAL_MISMATCH 7: total_amount is 100.00, its items make 30.00");

    // 4: paid
    shop.after(13 * MINUTE);
    shop.update("orders", "order_id", 7, "order_status", "paid");
    assertThat(all())
        .containsExactlyInAnyOrder(
            "event updated paid 100.00 by 1 ann@example.com",
            "status pending: gone",
            "status paid: 1, 100.00",
            "stints 10:00 paid: 1, 100.00");

    // 5: the quantity was wrong
    shop.after(10 * MINUTE);
    shop.update("order_items", "item_id", 1, "quantity", 3);
    assertThat(all())
        .containsExactlyInAnyOrder(
            "sales 5: 1, 4, 40.00, 4.00",
            "ORDER_TOTAL_MISMATCH 7: total_amount is 100.00, its items make 40.00");

    // 6: the total is corrected at 11:10
    shop.after(40 * MINUTE);
    shop.update("orders", "order_id", 7, "total_amount", 90.00);
    assertThat(all())
        .containsExactlyInAnyOrder(
            "event updated paid 90.00 by 1 ann@example.com",
            "customer 1 Ann Lee: 1, 90.00, 90.00, 10:05",
            "status paid: 1, 90.00",
            "stints 10:00 paid: 1, 90.00",
            "top 10:00 1: 1, 90.00",
            "ORDER_TOTAL_MISMATCH 7: total_amount is 90.00, its items make 40.00");

    // 7: an item is deleted
    shop.after(10 * MINUTE);
    shop.delete("order_items", 2);
    assertThat(all())
        .containsExactlyInAnyOrder(
            "sales 5: 1, 3, 30.00, 3.00",
            "ORDER_TOTAL_MISMATCH 7: total_amount is 90.00, its items make 30.00");

    // 8: the order is deleted at 12:00, its items first
    shop.after(40 * MINUTE);
    shop.delete("order_items", 1);
    all();
    shop.delete("orders", 7);
    assertThat(all())
        .containsExactlyInAnyOrder(
            "event deleted paid 90.00 by 1 ann@example.com",
            "customer 1 Ann Lee: 0, 0.00, 0.00, null",
            "status paid: gone",
            "top 10:00 1: gone",
            "ORDER_TOTAL_MISMATCH 7: resolved");
    assertThat(driver.table("product_sales", ProductSales.class)).isEmpty();
  }

  private void item(int id, int quantity) {
    shop.insert(
        "order_items",
        "item_id",
        id,
        "order_id",
        7,
        "product_id",
        5,
        "quantity",
        quantity,
        "unit_price",
        10.00);
  }

  /** What all topics have got since the last call. */
  private List<String> all() {
    return Stream.of(
            driver.read("orders_enriched", OrderEnriched.class).stream()
                .map(
                    e ->
                        "event %s %s %s by %s %s"
                            .formatted(
                                e.getEventType(),
                                e.getOrderStatus(),
                                e.getTotalAmount(),
                                e.getCustomerId(),
                                e.getCustomerEmail())),
            changes("product_sales", ProductSales.class),
            changes("customer_order_summary", CustomerOrderSummary.class),
            changes("order_status_summary", OrderStatusSummary.class),
            changes("order_status_counts", OrderStatusCount.class),
            changes("top_customers_hourly", TopCustomer.class),
            changes("data_quality_violations", Violation.class))
        .flatMap(lines -> lines)
        .collect(Collectors.toList());
  }

  private <V extends SpecificRecord> Stream<String> changes(String topic, Class<V> type) {
    return driver.changes(topic, type).stream()
        .map(change -> text(topic, change.key, change.value));
  }

  private static String text(String topic, GenericRecord key, Object value) {
    if (value == null) {
      return switch (topic) {
        case "product_sales" -> "sales " + key.get(0) + ": gone";
        case "order_status_summary" -> "status " + key.get(0) + ": gone";
        case "top_customers_hourly" -> "top 10:00 " + key.get(1) + ": gone";
        default -> topic + " " + key + ": gone";
      };
    }
    if (value instanceof ProductSales s) {
      return "sales %d: %d, %d, %s, %s"
          .formatted(
              s.getProductId(),
              s.getOrderCount(),
              s.getUnitsSold(),
              s.getTotalRevenue(),
              s.getAvgQuantityPerOrder());
    }
    if (value instanceof CustomerOrderSummary c) {
      return "customer %d %s: %d, %s, %s, %s"
          .formatted(
              c.getCustomerId(),
              c.getFullName(),
              c.getTotalOrders(),
              c.getTotalSpent(),
              c.getAvgOrderValue(),
              c.getLastOrderDate() == null ? null : c.getLastOrderDate().toLocalTime());
    }
    if (value instanceof OrderStatusSummary s) {
      return "status %s: %d, %s"
          .formatted(s.getOrderStatus(), s.getOrderCount(), s.getTotalValue());
    }
    if (value instanceof OrderStatusCount s) {
      return "stints %s %s: %d, %s"
          .formatted(
              s.getWindowStart().toLocalTime(),
              s.getOrderStatus(),
              s.getOrderCount(),
              s.getTotalValue());
    }
    if (value instanceof TopCustomer t) {
      return "top %s %d: %d, %s"
          .formatted(
              t.getWindowStart().toLocalTime(),
              t.getCustomerId(),
              t.getOrderCount(),
              t.getTotalSpent());
    }
    Violation v = (Violation) Objects.requireNonNull(value);
    return v.getRule()
        + " "
        + v.getRowKey()
        + ": "
        + (v.getResolvedAt() == null ? v.getDetail() : "resolved");
  }
}
