package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.OrderKey;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.shop.table.Customer;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableChange.Kind;
import dev.cdcpipeline.transforms.changelog.TableStores;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.pipeline.Timestamps;
import java.time.Duration;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * Result 1: each change of an order once, with its customer as known when the event is processed.
 */
final class OrdersEnrichedTopic {
  private static final ValueType<Long> CUSTOMER = ValueType.nullable(ValueType.LONG);

  static void add(
      Pipeline pipeline,
      Table<Order> orders,
      Table<Customer> customers,
      Duration longestWait,
      ReadProgress progress,
      ResultTopic<OrderKey, OrderEnriched> topic) {
    pipeline.addStore(EnrichmentProcessor.WAITING, false);
    KStream<byte[], byte[]> events =
        orders.stream()
            .map(
                (key, change) -> byCustomer(OrderEvent.of(change)),
                Named.as("orders-enriched-events"));
    KStream<OrderKey, OrderEnriched> atOnce =
        pipeline
            .rekey(events, "orders-enriched-by-customer", CUSTOMER)
            .process(
                () -> new EnrichmentProcessor(longestWait, progress),
                Named.as("orders-enriched-customer"),
                TableStores.rowsOf(customers.definition()),
                TableStores.deletedOf(customers.definition()),
                EnrichmentProcessor.WAITING);
    KStream<OrderKey, OrderEnriched> afterWaiting =
        customers.stream()
            .process(
                CustomerArrivalProcessor::new,
                Named.as("orders-enriched-arrivals"),
                EnrichmentProcessor.WAITING);
    pipeline.to(
        topic, "orders-enriched", atOnce.merge(afterWaiting, Named.as("orders-enriched-rows")));
  }

  private static KeyValue<byte[], byte[]> byCustomer(OrderEvent event) {
    return KeyValue.pair(CUSTOMER.toBytes(event.order().customerId()), event.toBytes());
  }

  static OrderEnriched row(OrderEvent event, Customer customer) {
    Order order = event.order();
    return new OrderEnriched(
        order.orderId(),
        order.customerId(),
        customer == null ? null : customer.email(),
        customer == null ? null : customer.fullName(),
        type(event.kind()),
        order.orderStatus(),
        Money.of(order.totalAmount()),
        order.shippingAddress(),
        Timestamps.local(order.createdAt()),
        Timestamps.local(order.updatedAt()),
        operation(event.kind()).code(),
        Timestamps.local(event.commitMicros()),
        Math.floorDiv(event.commitMicros(), 1_000L),
        event.position().previousCommit().value(),
        event.position().lsn().toString(),
        event.position().totalOrder());
  }

  private static String type(Kind kind) {
    return switch (kind) {
      case SNAPSHOT -> "snapshot";
      case CREATED -> "created";
      case UPDATED -> "updated";
      case DELETED -> "deleted";
    };
  }

  private static Operation operation(Kind kind) {
    return switch (kind) {
      case SNAPSHOT -> Operation.READ;
      case CREATED -> Operation.CREATE;
      case UPDATED -> Operation.UPDATE;
      case DELETED -> Operation.DELETE;
    };
  }

  private OrdersEnrichedTopic() {}
}
