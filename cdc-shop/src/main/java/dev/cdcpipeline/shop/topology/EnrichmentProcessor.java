package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.OrderKey;
import dev.cdcpipeline.shop.table.Customer;
import dev.cdcpipeline.shop.table.ShopTables;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableLookup;
import dev.cdcpipeline.transforms.changelog.TableStores;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import java.time.Duration;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Gives order events their customer. One whose customer is not known, though it may exist at the
 * source, waits for it; when all that was committed in that time has been processed it goes on
 * without.
 */
final class EnrichmentProcessor
    extends ContextualProcessor<byte[], byte[], OrderKey, OrderEnriched> {
  static final String WAITING = "orders-enriched-waiting";

  private final Duration longestWait;
  private final ReadProgress progress;
  private TableLookup<Customer> customers;
  private WaitingRoom waiting;
  private Sensor expired;

  EnrichmentProcessor(Duration longestWait, ReadProgress progress) {
    this.longestWait = longestWait;
    this.progress = progress;
  }

  @Override
  public void init(ProcessorContext<OrderKey, OrderEnriched> context) {
    super.init(context);
    customers =
        new TableLookup<>(
            ShopTables.CUSTOMERS,
            context.getStateStore(TableStores.rowsOf(ShopTables.CUSTOMERS)),
            context.getStateStore(TableStores.deletedOf(ShopTables.CUSTOMERS)));
    waiting = new WaitingRoom(context.getStateStore(WAITING));
    expired =
        context
            .metrics()
            .addRateTotalSensor(
                "result", "orders-enriched", "waits-expired", Sensor.RecordingLevel.INFO);
    Duration interval = Duration.ofMillis(Math.max(10, Math.min(500, longestWait.toMillis() / 4)));
    context.schedule(
        interval,
        PunctuationType.WALL_CLOCK_TIME,
        now ->
            waiting.expire(
                progress.millis(),
                event -> {
                  expired.record();
                  forward(event, customerOf(event), now);
                }));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    OrderEvent event = OrderEvent.read(record.value());
    Customer customer = customerOf(event);
    if (customer == null && event.order().customerId() != null) {
      waiting.enter(event, context().currentSystemTimeMs() + longestWait.toMillis());
    } else {
      forward(event, customer, record.timestamp());
    }
  }

  private Customer customerOf(OrderEvent event) {
    Long customerId = event.order().customerId();
    return customerId == null
        ? null
        : customers.rowFrom(ValueType.LONG.toBytes(customerId), event.position());
  }

  private void forward(OrderEvent event, Customer customer, long timestamp) {
    context()
        .forward(
            new Record<>(
                new OrderKey(event.order().orderId()),
                OrdersEnrichedTopic.row(event, customer),
                timestamp));
  }
}
