package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.shop.table.Customer;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.shop.table.OrderItem;
import dev.cdcpipeline.shop.table.Product;
import dev.cdcpipeline.shop.table.ShopTables;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import dev.cdcpipeline.transforms.pipeline.Table;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** All results of the shop in one topology. */
public final class AnalyticsTopology {
  /** The topics with one record for each event. */
  public static final List<String> EVENT_TOPICS = List.of("orders_enriched");

  /** The topics with the latest row of each key. */
  public static final List<String> TABLE_TOPICS =
      List.of(
          "product_sales",
          "customer_order_summary",
          "order_status_summary",
          "order_status_counts",
          "top_customers_hourly",
          "data_quality_violations");

  /**
   * Adds the shop's tables and results to a pipeline.
   *
   * @param topics the result topics
   * @param customerWait how long an order's event waits for a customer that has not arrived
   * @param totalGrace how long an order's total may differ from its items before it is a violation
   * @param progress the time that both go by
   */
  public static void addTo(
      Pipeline pipeline,
      ResultTopics topics,
      Duration customerWait,
      Duration totalGrace,
      ReadProgress progress) {
    Table<Customer> customers = pipeline.table(ShopTables.CUSTOMERS);
    Table<Product> products = pipeline.table(ShopTables.PRODUCTS);
    Table<Order> orders = pipeline.table(ShopTables.ORDERS);
    Table<OrderItem> items = pipeline.table(ShopTables.ORDER_ITEMS);
    OrdersEnrichedTopic.add(
        pipeline, orders, customers, customerWait, progress, topics.topic("orders_enriched"));
    ProductSalesTopic.add(items, products, topics.topic("product_sales"));
    CustomerOrderSummaryTopic.add(orders, customers, topics.topic("customer_order_summary"));
    OrderStatusSummaryTopic.add(orders, topics.topic("order_status_summary"));
    OrderStatusCountsTopic.add(pipeline, orders, topics.topic("order_status_counts"));
    TopCustomersHourlyTopic.add(orders, topics.topic("top_customers_hourly"));
    ViolationsTopic.add(
        pipeline,
        orders,
        items,
        customers,
        Map.of(MissingCustomers.RULE, customerWait, OrderTotals.RULE, totalGrace),
        progress,
        topics.topic("data_quality_violations"));
  }

  private AnalyticsTopology() {}
}
