package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.OrderStatusCount;
import dev.cdcpipeline.model.analytics.OrderStatusCountKey;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.PairType;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.pipeline.Timestamps;
import java.math.BigDecimal;
import org.apache.kafka.streams.kstream.Named;

/** Result 5: how many stints began in each status in each hour, and their latest amounts. */
final class OrderStatusCountsTopic {

  /** The group key. */
  record HourOfStatus(Long windowStart, String orderStatus) {}

  private static final ValueType<HourOfStatus> KEY =
      new PairType<>(
          ValueType.LONG,
          HourOfStatus::windowStart,
          ValueType.STRING,
          HourOfStatus::orderStatus,
          HourOfStatus::new);
  private static final Aggregate<Stint, ?, BigDecimal> VALUE = Aggregate.sum(Stint::totalAmount);

  static void add(
      Pipeline pipeline,
      Table<Order> orders,
      ResultTopic<OrderStatusCountKey, OrderStatusCount> topic) {
    pipeline.addStore(StintProcessor.STORE, false);
    pipeline
        .changes(
            orders.stream()
                .process(
                    StintProcessor::new, Named.as("order-stints-changes"), StintProcessor.STORE))
        .groupBy("order-status-counts", KEY, OrderStatusCountsTopic::group)
        .aggregate(VALUE)
        .to(
            topic,
            key -> new OrderStatusCountKey(Timestamps.local(key.windowStart()), key.orderStatus()),
            (key, none, results) ->
                new OrderStatusCount(
                    Timestamps.local(key.windowStart()),
                    key.orderStatus(),
                    results.rows(),
                    Money.of(results.get(VALUE)),
                    results.sourceLsn().toString()));
  }

  private static HourOfStatus group(Stint stint) {
    return stint.orderStatus() == null
        ? null
        : new HourOfStatus(stint.windowStart(), stint.orderStatus());
  }

  private OrderStatusCountsTopic() {}
}
