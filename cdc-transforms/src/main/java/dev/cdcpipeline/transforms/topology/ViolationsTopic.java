package dev.cdcpipeline.transforms.topology;

import dev.cdcpipeline.model.analytics.Violation;
import dev.cdcpipeline.model.analytics.ViolationKey;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.quality.NegativeAmount;
import dev.cdcpipeline.transforms.quality.NonPositiveQuantity;
import dev.cdcpipeline.transforms.quality.RowRule;
import dev.cdcpipeline.transforms.shop.Customer;
import dev.cdcpipeline.transforms.shop.Order;
import dev.cdcpipeline.transforms.shop.OrderItem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/** Result 8: which rows break a rule, since when, and until when. */
final class ViolationsTopic {
  private final List<RowRule<Order>> orderRules = new ArrayList<>(List.of(new NegativeAmount()));
  private final List<RowRule<OrderItem>> itemRules =
      new ArrayList<>(List.of(new NonPositiveQuantity()));

  /** Adds rules of a user's own. */
  ViolationsTopic with(List<RowRule<Order>> moreOfOrders, List<RowRule<OrderItem>> moreOfItems) {
    orderRules.addAll(moreOfOrders);
    itemRules.addAll(moreOfItems);
    return this;
  }

  void addTo(
      Pipeline pipeline,
      Table<Order> orders,
      Table<OrderItem> items,
      Table<Customer> customers,
      Map<String, Duration> graces,
      ReadProgress progress,
      ResultTopic<ViolationKey, Violation> topic) {
    KStream<byte[], Observation> ofOrders =
        orders.stream()
            .process(
                () -> new RowRulesProcessor<>(orderRules, order -> Long.toString(order.orderId())),
                Named.as("orders-rules"))
            .merge(OrderTotals.observations(items, orders), Named.as("orders-totals-and-rules"))
            .merge(
                MissingCustomers.observations(pipeline, orders, customers),
                Named.as("orders-observations"));
    KStream<byte[], Observation> ofItems =
        items.stream()
            .process(
                () -> new RowRulesProcessor<>(itemRules, item -> Long.toString(item.itemId())),
                Named.as("order_items-rules"));
    pipeline.to(
        topic,
        "violations",
        violations(pipeline, "orders", ofOrders, graces, progress)
            .merge(
                violations(pipeline, "order_items", ofItems, graces, progress),
                Named.as("violations-rows")));
  }

  private static KStream<ViolationKey, Violation> violations(
      Pipeline pipeline,
      String table,
      KStream<byte[], Observation> observations,
      Map<String, Duration> graces,
      ReadProgress progress) {
    String store = table + "-violations";
    pipeline.addStore(store, false);
    return observations.process(
        () -> new ViolationProcessor(table, store, graces, progress),
        Named.as(table + "-violations-kept"),
        store);
  }
}
