package dev.cdcpipeline.transforms.topology;

import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.topology.OrderStatusCountsTopic.HourOfStatus;
import dev.cdcpipeline.transforms.topology.Records.CustomerOrderSummary;
import dev.cdcpipeline.transforms.topology.Records.OrderEnriched;
import dev.cdcpipeline.transforms.topology.Records.OrderStatusCount;
import dev.cdcpipeline.transforms.topology.Records.OrderStatusSummary;
import dev.cdcpipeline.transforms.topology.Records.ProductSales;
import dev.cdcpipeline.transforms.topology.Records.TopCustomerHourly;
import dev.cdcpipeline.transforms.topology.TopCustomersHourlyTopic.HourOfCustomer;
import java.time.Duration;

/** All results of the shop in one topology. */
public final class AnalyticsTopology {

  /** Adds the tables and results to a pipeline. */
  public static void addTo(Pipeline pipeline, ResultTopics topics, Duration longestWait) {
    Table<Customer> customers = pipeline.table(ShopTables.CUSTOMERS);
    Table<Product> products = pipeline.table(ShopTables.PRODUCTS);
    Table<Order> orders = pipeline.table(ShopTables.ORDERS);
    Table<OrderItem> items = pipeline.table(ShopTables.ORDER_ITEMS);
    OrdersEnrichedTopic.add(
        pipeline,
        orders,
        customers,
        longestWait,
        topics.topic("orders_enriched", Long.class, OrderEnriched.class));
    ProductSalesTopic.add(
        items, products, topics.topic("product_sales", Long.class, ProductSales.class));
    CustomerOrderSummaryTopic.add(
        orders,
        customers,
        topics.topic("customer_order_summary", Long.class, CustomerOrderSummary.class));
    OrderStatusSummaryTopic.add(
        orders, topics.topic("order_status_summary", String.class, OrderStatusSummary.class));
    OrderStatusCountsTopic.add(
        pipeline,
        orders,
        topics.topic("order_status_counts", HourOfStatus.class, OrderStatusCount.class));
    TopCustomersHourlyTopic.add(
        orders,
        topics.topic("top_customers_hourly", HourOfCustomer.class, TopCustomerHourly.class));
  }

  private AnalyticsTopology() {}
}
