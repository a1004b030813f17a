package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.Violation;
import dev.cdcpipeline.model.analytics.ViolationKey;
import dev.cdcpipeline.shop.rule.NegativeAmount;
import dev.cdcpipeline.shop.rule.NonPositiveQuantity;
import dev.cdcpipeline.shop.table.Customer;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.shop.table.OrderItem;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.quality.BrokenRule;
import dev.cdcpipeline.transforms.quality.Observation;
import dev.cdcpipeline.transforms.quality.RowRule;
import dev.cdcpipeline.transforms.quality.Violations;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/** Result 8: which rows break a rule, since when, and until when. */
final class ViolationsTopic {
  private static final List<RowRule<Order>> ORDER_RULES = List.of(new NegativeAmount());
  private static final List<RowRule<OrderItem>> ITEM_RULES = List.of(new NonPositiveQuantity());

  static void add(
      Pipeline pipeline,
      Table<Order> orders,
      Table<OrderItem> items,
      Table<Customer> customers,
      Map<String, Duration> graces,
      ReadProgress progress,
      ResultTopic<ViolationKey, Violation> topic) {
    KStream<byte[], Observation> ofOrders =
        Violations.observe(orders, ORDER_RULES, order -> Long.toString(order.orderId()))
            .merge(OrderTotals.observations(items, orders), Named.as("orders-totals-and-rules"))
            .merge(
                MissingCustomers.observations(pipeline, orders, customers),
                Named.as("orders-observations"));
    KStream<byte[], Observation> ofItems =
        Violations.observe(items, ITEM_RULES, item -> Long.toString(item.itemId()));
    pipeline.to(
        topic,
        "violations",
        Violations.keep(pipeline, "orders", ofOrders, graces, progress, ViolationsTopic::record)
            .merge(
                Violations.keep(
                    pipeline, "order_items", ofItems, graces, progress, ViolationsTopic::record),
                Named.as("violations-rows")));
  }

  private static KeyValue<ViolationKey, Violation> record(BrokenRule broken) {
    return KeyValue.pair(
        new ViolationKey(broken.rule(), broken.table(), broken.rowKey()),
        new Violation(
            broken.rule(),
            broken.table(),
            broken.rowKey(),
            broken.detail(),
            broken.openedAt(),
            broken.resolvedAt(),
            broken.lsn().toString()));
  }

  private ViolationsTopic() {}
}
