package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.TopCustomer;
import dev.cdcpipeline.model.analytics.TopCustomerKey;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.PairType;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.pipeline.Timestamps;
import java.math.BigDecimal;

/** Result 6: what each customer ordered in each hour. */
final class TopCustomersHourlyTopic {

  /** The group key. */
  record HourOfCustomer(Long windowStart, Long customerId) {}

  private static final ValueType<HourOfCustomer> KEY =
      new PairType<>(
          ValueType.LONG,
          HourOfCustomer::windowStart,
          ValueType.LONG,
          HourOfCustomer::customerId,
          HourOfCustomer::new);
  private static final Aggregate<Order, ?, BigDecimal> SPENT = Aggregate.sum(Order::totalAmount);

  static void add(Table<Order> orders, ResultTopic<TopCustomerKey, TopCustomer> topic) {
    orders
        .groupBy("top-customers-hourly", KEY, TopCustomersHourlyTopic::group)
        .aggregate(SPENT)
        .to(
            topic,
            key -> new TopCustomerKey(Timestamps.local(key.windowStart()), key.customerId()),
            (key, none, results) ->
                new TopCustomer(
                    Timestamps.local(key.windowStart()),
                    key.customerId(),
                    results.rows(),
                    Money.of(results.get(SPENT)),
                    results.sourceLsn().toString()));
  }

  private static HourOfCustomer group(Order order) {
    return order.createdAt() == null || order.customerId() == null
        ? null
        : new HourOfCustomer(Timestamps.hour(order.createdAt()), order.customerId());
  }

  private TopCustomersHourlyTopic() {}
}
