package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.transforms.changelog.TableChange;
import dev.cdcpipeline.transforms.changelog.TableChange.Kind;
import dev.cdcpipeline.transforms.pipeline.Timestamps;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * From the changes of orders to the changes of their stints. An order's latest stint is kept for
 * good, also when the order is deleted: were it created again in the same status, the stint would
 * go on.
 */
final class StintProcessor
    extends ContextualProcessor<byte[], TableChange<Order>, byte[], TableChange<Stint>> {
  static final String STORE = "order-stints";

  private KeyValueStore<Bytes, byte[]> stints;

  @Override
  public void init(ProcessorContext<byte[], TableChange<Stint>> context) {
    super.init(context);
    stints = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<byte[], TableChange<Order>> record) {
    TableChange<Order> change = record.value();
    Order order = change.after();
    if (order == null) {
      return; // the stints of a deleted order stay: they happened
    }
    byte[] bytes = stints.get(Bytes.wrap(change.key()));
    Stint current = bytes == null ? null : Stint.read(bytes);
    if (current != null && current.isIn(order.orderStatus())) {
      put(record, Kind.UPDATED, current, current.at(order.totalAmount()));
    } else {
      put(
          record,
          Kind.CREATED,
          null,
          new Stint(
              Timestamps.hour(change.commitMicros()), order.orderStatus(), order.totalAmount()));
    }
  }

  private void put(
      Record<byte[], TableChange<Order>> record, Kind kind, Stint before, Stint after) {
    TableChange<Order> change = record.value();
    stints.put(Bytes.wrap(change.key()), after.toBytes());
    context()
        .forward(
            record.withValue(
                new TableChange<>(
                    kind, change.key(), before, after, change.position(), change.commitMicros())));
  }
}
