package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.CustomerKey;
import dev.cdcpipeline.model.analytics.CustomerOrderSummary;
import dev.cdcpipeline.shop.table.Customer;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.pipeline.GroupResults;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.pipeline.Timestamps;
import java.math.BigDecimal;

/** Result 3: each customer's orders; a customer without orders has a row of zeros. */
final class CustomerOrderSummaryTopic {
  private static final Aggregate<Order, ?, BigDecimal> SPENT = Aggregate.sum(Order::totalAmount);
  private static final Aggregate<Order, ?, BigDecimal> AVERAGE =
      Aggregate.average(Order::totalAmount, 2);
  private static final Aggregate<Order, ?, Long> LAST =
      Aggregate.max(Order::createdAt, ValueType.LONG);

  static void add(
      Table<Order> orders,
      Table<Customer> customers,
      ResultTopic<CustomerKey, CustomerOrderSummary> topic) {
    orders
        .groupBy("customer-order-summary", ValueType.LONG, Order::customerId)
        .rightJoin(customers)
        .aggregate(SPENT, AVERAGE, LAST)
        .to(topic, CustomerKey::new, CustomerOrderSummaryTopic::row);
  }

  private static CustomerOrderSummary row(
      Long customerId, Customer customer, GroupResults results) {
    return new CustomerOrderSummary(
        customerId,
        customer.email(),
        customer.fullName(),
        results.rows(),
        Money.of(results.get(SPENT)),
        Money.orZero(results.get(AVERAGE)),
        Timestamps.local(results.get(LAST)),
        results.sourceLsn().toString());
  }

  private CustomerOrderSummaryTopic() {}
}
