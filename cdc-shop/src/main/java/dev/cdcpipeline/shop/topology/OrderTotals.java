package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.shop.table.OrderItem;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.pipeline.GroupResults;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.quality.Observation;
import java.math.BigDecimal;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * The rule ORDER_TOTAL_MISMATCH: a result like others, the sum of each order's items joined with
 * the order.
 */
final class OrderTotals {
  static final String RULE = "ORDER_TOTAL_MISMATCH";

  private static final Aggregate<OrderItem, ?, BigDecimal> ITEMS = Aggregate.sum(OrderItem::amount);

  /**
   * Whether an order's total is that of its items.
   *
   * @param detail null if it is
   */
  private record Comparison(String detail, Lsn lsn) {}

  static KStream<byte[], Observation> observations(Table<OrderItem> items, Table<Order> orders) {
    return items
        .groupBy("order-totals", ValueType.LONG, OrderItem::orderId)
        .rightJoin(orders)
        .aggregate(ITEMS)
        .stream(orderId -> orderId, (orderId, order, results) -> compare(order, results))
        .map(OrderTotals::observation, Named.as("order-totals-observations"));
  }

  private static Comparison compare(Order order, GroupResults results) {
    BigDecimal total = order.totalAmount();
    BigDecimal ofItems = results.get(ITEMS);
    boolean equal = total == null || total.compareTo(ofItems) == 0;
    String sum = results.rows() == 0 ? "0" : Money.of(ofItems).toPlainString();
    return new Comparison(
        equal ? null : "total_amount is " + total.toPlainString() + ", its items make " + sum,
        results.sourceLsn());
  }

  private static KeyValue<byte[], Observation> observation(Long orderId, Comparison comparison) {
    return KeyValue.pair(
        ValueType.LONG.toBytes(orderId),
        new Observation(
            RULE,
            orderId.toString(),
            comparison == null ? null : comparison.detail(),
            comparison == null ? new Lsn(0) : comparison.lsn()));
  }

  private OrderTotals() {}
}
