package dev.cdcpipeline.shop.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cdcpipeline.model.analytics.CustomerOrderSummary;
import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.OrderStatusCount;
import dev.cdcpipeline.model.analytics.OrderStatusSummary;
import dev.cdcpipeline.model.analytics.ProductSales;
import dev.cdcpipeline.model.analytics.TopCustomer;
import dev.cdcpipeline.model.analytics.Violation;
import dev.cdcpipeline.shop.model.AnalyticsDriver;
import dev.cdcpipeline.shop.model.ShopWriter;
import dev.cdcpipeline.shop.model.SourceEvent;
import dev.cdcpipeline.transforms.pipeline.Timestamps;
import java.time.Duration;
import java.time.LocalDateTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each result by example; that they are right under any history is the model test's. */
class ShopTopicsTest {
  private static final long HOUR = 3_600_000_000L;
  private static final LocalDateTime FIRST_HOUR = Timestamps.local(ShopWriter.START);

  private final AnalyticsDriver driver = new AnalyticsDriver();
  private final ShopWriter shop = new ShopWriter(driver);

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void ordersEnrichedHasEachChangeOnceWithItsCustomer() {
    customer(7, "ann@example.com");
    order(1, 7, "new", 10.00);
    shop.update("orders", "order_id", 1, "order_status", "paid");
    shop.delete("orders", 1);

    assertThat(driver.read("orders_enriched", OrderEnriched.class))
        .extracting(
            OrderEnriched::getEventType,
            OrderEnriched::getOrderStatus,
            OrderEnriched::getCustomerEmail,
            OrderEnriched::getCustomerName,
            event -> event.getTotalAmount().toString())
        .containsExactly(
            tuple("created", "new", "ann@example.com", "Ann Lee", "10.00"),
            tuple("updated", "paid", "ann@example.com", "Ann Lee", "10.00"),
            tuple("deleted", "paid", "ann@example.com", "Ann Lee", "10.00"));
  }

  @Test
  void anOrderWaitsForItsCustomer() {
    order(1, 7, "new", 10.00);
    assertThat(driver.read("orders_enriched", OrderEnriched.class)).isEmpty();

    customer(7, "ann@example.com");

    assertThat(driver.read("orders_enriched", OrderEnriched.class))
        .extracting(OrderEnriched::getCustomerEmail)
        .containsExactly("ann@example.com");
    driver.pass(Duration.ofSeconds(60));
    assertThat(driver.read("orders_enriched", OrderEnriched.class)).isEmpty();
    assertThat(driver.table("data_quality_violations", Violation.class))
        .extracting(Violation::getRule)
        .doesNotContain("MISSING_CUSTOMER");
  }

  @Test
  void anOrderWhoseCustomerNeverComesGoesOnWithoutAndIsAViolation() {
    order(1, 7, "new", 10.00);
    driver.pass(Duration.ofSeconds(9));
    assertThat(driver.read("orders_enriched", OrderEnriched.class)).isEmpty();

    driver.pass(Duration.ofSeconds(2));

    assertThat(driver.read("orders_enriched", OrderEnriched.class))
        .extracting(OrderEnriched::getCustomerId, OrderEnriched::getCustomerEmail)
        .containsExactly(tuple(7L, null));
    assertThat(driver.table("data_quality_violations", Violation.class))
        .extracting(Violation::getRule, Violation::getRowKey, Violation::getDetail)
        .containsExactly(tuple("MISSING_CUSTOMER", "1", "customer 7 does not exist"));
  }

  @Test
  void anOrderIsGivenItsCustomerThoughItWasDeletedSince() {
    customer(7, "ann@example.com");
    shop.update("customers", "customer_id", 7, "email", "lee@example.com");
    var order = order(1, 7, "new", 10.00);
    driver.read("orders_enriched", OrderEnriched.class);
    shop.delete("customers", 7);

    // the same order, as another one that was committed before the customer was deleted, but
    // arrives after
    shop.send(Events.withKey(order, 2));

    assertThat(driver.read("orders_enriched", OrderEnriched.class))
        .extracting(OrderEnriched::getOrderId, OrderEnriched::getCustomerEmail)
        .containsExactly(tuple(2L, "lee@example.com"));
  }

  @Test
  void productSalesFollowsItemsThatMoveAndProductsThatArriveLate() {
    item(1, 100, 5, 2, 10.00);
    item(2, 100, 5, 1, 10.00);
    item(3, 101, 5, 1, 10.00);
    assertThat(driver.table("product_sales", ProductSales.class))
        .extracting(ProductSales::getSku, ProductSales::getOrderCount, ProductSales::getUnitsSold)
        .containsExactly(tuple(null, 2L, 4L));

    shop.insert("products", "product_id", 5, "sku", "A-5", "name", "Lamp", "category", "Home");
    shop.update("order_items", "item_id", 2, "product_id", 6);

    assertThat(driver.table("product_sales", ProductSales.class))
        .extracting(
            ProductSales::getProductId,
            ProductSales::getSku,
            ProductSales::getOrderCount,
            ProductSales::getUnitsSold,
            sales -> sales.getTotalRevenue().toString(),
            sales -> sales.getAvgQuantityPerOrder().toString())
        .containsExactlyInAnyOrder(
            tuple(5L, "A-5", 2L, 3L, "30.00", "1.50"), tuple(6L, null, 1L, 1L, "10.00", "1.00"));
  }

  @Test
  void aGroupWhoseLastRowIsGoneDisappears() {
    item(1, 100, 5, 2, 10.00);
    shop.delete("order_items", 1);

    assertThat(driver.table("product_sales", ProductSales.class)).isEmpty();
  }

  @Test
  void aChangeThatLeavesTheRowAsItWasIsNotWritten() {
    customer(7, "ann@example.com");
    order(1, 7, "new", 10.00);
    driver.read("order_status_summary", OrderStatusSummary.class);
    driver.read("customer_order_summary", CustomerOrderSummary.class);

    shop.update("orders", "order_id", 1, "shipping_address", "elsewhere");

    assertThat(driver.read("order_status_summary", OrderStatusSummary.class)).isEmpty();
    assertThat(driver.read("customer_order_summary", CustomerOrderSummary.class)).isEmpty();
    assertThat(driver.read("orders_enriched", OrderEnriched.class)).hasSize(2);
  }

  @Test
  void aCustomerWithoutOrdersHasARowOfZeros() {
    customer(7, "ann@example.com");

    assertThat(driver.table("customer_order_summary", CustomerOrderSummary.class))
        .extracting(
            CustomerOrderSummary::getTotalOrders,
            summary -> summary.getTotalSpent().toString(),
            summary -> summary.getAvgOrderValue().toString(),
            CustomerOrderSummary::getLastOrderDate)
        .containsExactly(tuple(0L, "0.00", "0.00", null));
  }

  @Test
  void theLastOrderDateIsRightWhenTheLatestOrderIsDeletedOrMoved() {
    customer(7, "ann@example.com");
    customer(8, "bob@example.com");
    for (int i = 1; i <= 3; i++) {
      shop.insert(
          "orders",
          "order_id",
          i,
          "customer_id",
          7,
          "total_amount",
          10.00,
          "created_at",
          ShopWriter.START + i * HOUR);
    }
    shop.delete("orders", 3);
    shop.update("orders", "order_id", 2, "customer_id", 8);

    assertThat(driver.table("customer_order_summary", CustomerOrderSummary.class))
        .extracting(CustomerOrderSummary::getCustomerId, CustomerOrderSummary::getLastOrderDate)
        .containsExactlyInAnyOrder(
            tuple(7L, FIRST_HOUR.plusHours(1)), tuple(8L, FIRST_HOUR.plusHours(2)));
  }

  @Test
  void orderStatusCountsKeepsTheStintsOfADeletedOrderAndTheirLatestAmounts() {
    order(1, 7, "new", 10.00);
    shop.update("orders", "order_id", 1, "total_amount", 12.00);
    shop.after(HOUR).update("orders", "order_id", 1, "order_status", "paid");
    shop.after(HOUR).update("orders", "order_id", 1, "order_status", "new");
    shop.delete("orders", 1);

    assertThat(driver.table("order_status_counts", OrderStatusCount.class))
        .extracting(
            OrderStatusCount::getWindowStart,
            OrderStatusCount::getOrderStatus,
            OrderStatusCount::getOrderCount,
            count -> count.getTotalValue().toString())
        .containsExactlyInAnyOrder(
            tuple(FIRST_HOUR, "new", 1L, "12.00"),
            tuple(FIRST_HOUR.plusHours(1), "paid", 1L, "12.00"),
            tuple(FIRST_HOUR.plusHours(2), "new", 1L, "12.00"));
  }

  @Test
  void anOrderOfAnHourLongPastIsNotTooLate() {
    order(1, 7, "new", 10.00);
    shop.insert(
        "orders",
        "order_id",
        2,
        "customer_id",
        7,
        "total_amount",
        5.00,
        "created_at",
        ShopWriter.START - 10_000 * HOUR);

    assertThat(driver.table("top_customers_hourly", TopCustomer.class))
        .extracting(TopCustomer::getWindowStart, top -> top.getTotalSpent().toString())
        .containsExactlyInAnyOrder(
            tuple(FIRST_HOUR, "10.00"), tuple(FIRST_HOUR.minusHours(10_000), "5.00"));
  }

  @Test
  void aViolationIsResolvedAndComesBack() {
    item(1, 100, 5, 0, 10.00);
    shop.update("order_items", "item_id", 1, "quantity", 1);
    shop.update("order_items", "item_id", 1, "quantity", -1);

    assertThat(driver.read("data_quality_violations", Violation.class))
        .extracting(
            Violation::getRule,
            Violation::getDetail,
            violation -> violation.getResolvedAt() != null)
        .containsExactly(
            tuple("NON_POSITIVE_QUANTITY", "quantity is 0", false),
            tuple("NON_POSITIVE_QUANTITY", "quantity is 0", true),
            tuple("NON_POSITIVE_QUANTITY", "quantity is -1", false));
  }

  @Test
  void aGracePeriodIsNotOverWhileWhatWasCommittedInItIsYetToCome() {
    customer(7, "ann@example.com");
    order(1, 7, "new", 10.00);
    driver.passUnread(Duration.ofMinutes(5));
    assertThat(driver.read("data_quality_violations", Violation.class)).isEmpty();

    item(1, 1, 5, 1, 10.00);
    driver.catchUp();
    driver.pass(Duration.ofSeconds(60));
    assertThat(driver.read("data_quality_violations", Violation.class)).isEmpty();
  }

  @Test
  void anOrderWaitsForACustomerThatIsYetToCome() {
    order(1, 7, "new", 10.00);
    driver.passUnread(Duration.ofMinutes(5));
    assertThat(driver.read("orders_enriched", OrderEnriched.class)).isEmpty();

    customer(7, "ann@example.com");
    driver.catchUp();
    driver.pass(Duration.ofSeconds(60));

    assertThat(driver.read("orders_enriched", OrderEnriched.class))
        .extracting(OrderEnriched::getCustomerEmail)
        .containsExactly("ann@example.com");
    assertThat(driver.read("data_quality_violations", Violation.class))
        .extracting(Violation::getRule)
        .doesNotContain("MISSING_CUSTOMER");
  }

  @Test
  void anOrderWhoseItemsCatchUpWithinTheGracePeriodIsNoViolation() {
    customer(7, "ann@example.com");
    order(1, 7, "new", 10.00);
    driver.pass(Duration.ofSeconds(29));
    item(1, 1, 5, 1, 10.00);
    driver.pass(Duration.ofSeconds(60));
    assertThat(driver.read("data_quality_violations", Violation.class)).isEmpty();

    shop.delete("order_items", 1);
    driver.pass(Duration.ofSeconds(31));

    assertThat(driver.read("data_quality_violations", Violation.class))
        .extracting(Violation::getDetail)
        .containsExactly("total_amount is 10.00, its items make 0");
  }

  private void customer(int id, String email) {
    shop.insert(
        "customers", "customer_id", id, "email", email, "first_name", "Ann", "last_name", "Lee");
  }

  private SourceEvent order(int id, int customer, String status, double amount) {
    return shop.insert(
        "orders",
        "order_id",
        id,
        "customer_id",
        customer,
        "order_status",
        status,
        "total_amount",
        amount,
        "created_at",
        ShopWriter.START);
  }

  private void item(int id, int order, int product, int quantity, double price) {
    shop.insert(
        "order_items",
        "item_id",
        id,
        "order_id",
        order,
        "product_id",
        product,
        "quantity",
        quantity,
        "unit_price",
        price);
  }
}
