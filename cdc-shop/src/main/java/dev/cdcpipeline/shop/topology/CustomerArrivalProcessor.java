package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.OrderKey;
import dev.cdcpipeline.shop.table.Customer;
import dev.cdcpipeline.transforms.changelog.TableChange;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Lets order events go on when their customer arrives. */
final class CustomerArrivalProcessor
    extends ContextualProcessor<byte[], TableChange<Customer>, OrderKey, OrderEnriched> {
  private WaitingRoom waiting;

  @Override
  public void init(ProcessorContext<OrderKey, OrderEnriched> context) {
    super.init(context);
    waiting = new WaitingRoom(context.getStateStore(EnrichmentProcessor.WAITING));
  }

  @Override
  public void process(Record<byte[], TableChange<Customer>> record) {
    Customer customer = record.value().after();
    if (customer != null) {
      waiting.release(
          customer.customerId(),
          event ->
              context()
                  .forward(
                      new Record<>(
                          new OrderKey(event.order().orderId()),
                          OrdersEnrichedTopic.row(event, customer),
                          record.timestamp())));
    }
  }
}
