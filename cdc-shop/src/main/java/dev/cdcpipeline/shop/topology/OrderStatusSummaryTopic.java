package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.OrderStatusKey;
import dev.cdcpipeline.model.analytics.OrderStatusSummary;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.pipeline.Table;
import java.math.BigDecimal;

/** Result 4: what is in each status now. */
final class OrderStatusSummaryTopic {
  private static final Aggregate<Order, ?, BigDecimal> VALUE = Aggregate.sum(Order::totalAmount);

  static void add(Table<Order> orders, ResultTopic<OrderStatusKey, OrderStatusSummary> topic) {
    orders
        .groupBy("order-status-summary", ValueType.STRING, Order::orderStatus)
        .aggregate(VALUE)
        .to(
            topic,
            OrderStatusKey::new,
            (status, none, results) ->
                new OrderStatusSummary(
                    status,
                    results.rows(),
                    Money.of(results.get(VALUE)),
                    results.sourceLsn().toString()));
  }

  private OrderStatusSummaryTopic() {}
}
