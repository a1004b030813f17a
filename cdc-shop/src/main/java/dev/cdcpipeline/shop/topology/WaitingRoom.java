package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableChange.Kind;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Order events that wait for their customer: found by customer, in the order of the source, when
 * the customer arrives, and by deadline when time is up. Nobody waits longer than the deadline.
 */
final class WaitingRoom {
  private static final byte BY_CUSTOMER = 0;
  private static final byte BY_DEADLINE = 1;

  private final KeyValueStore<Bytes, byte[]> store;

  WaitingRoom(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
  }

  void enter(OrderEvent event, long deadlineMillis) {
    BinaryOutput value = new BinaryOutput();
    value.writeVarLong(deadlineMillis);
    value.writeBytes(event.toBytes());
    store.put(byCustomer(event), value.toByteArray());
    store.put(byDeadline(event, deadlineMillis), event.toBytes());
  }

  /** Lets out all who wait for this customer. */
  void release(long customerId, Consumer<OrderEvent> out) {
    BinaryOutput from = new BinaryOutput();
    from.writeByte(BY_CUSTOMER);
    ValueType.LONG.write(from, customerId);
    for (KeyValue<Bytes, byte[]> entry : entries(from.toByteArray())) {
      BinaryInput in = new BinaryInput(entry.value);
      long deadline = in.readVarLong();
      OrderEvent event = OrderEvent.read(in.readBytes(entry.value.length - in.position()));
      leave(event, deadline);
      out.accept(event);
    }
  }

  /** Lets out all whose deadline has come. */
  void expire(long nowMillis, Consumer<OrderEvent> out) {
    if (nowMillis == ReadProgress.UNKNOWN) {
      return;
    }
    List<KeyValue<Bytes, byte[]>> expired = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> entries =
        store.range(deadlinePrefix(0), deadlinePrefix(nowMillis + 1))) {
      entries.forEachRemaining(expired::add);
    }
    for (KeyValue<Bytes, byte[]> entry : expired) {
      BinaryInput key = new BinaryInput(entry.key.get());
      key.readByte();
      OrderEvent event = OrderEvent.read(entry.value);
      leave(event, key.readSortedLong());
      out.accept(event);
    }
  }

  private void leave(OrderEvent event, long deadline) {
    store.delete(byCustomer(event));
    store.delete(byDeadline(event, deadline));
  }

  private List<KeyValue<Bytes, byte[]>> entries(byte[] prefix) {
    List<KeyValue<Bytes, byte[]>> found = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> entries =
        store.prefixScan(prefix, new ByteArraySerializer())) {
      entries.forEachRemaining(found::add);
    }
    return found;
  }

  private static Bytes byCustomer(OrderEvent event) {
    BinaryOutput key = new BinaryOutput();
    key.writeByte(BY_CUSTOMER);
    writeIdentity(key, event);
    return Bytes.wrap(key.toByteArray());
  }

  private static Bytes byDeadline(OrderEvent event, long deadlineMillis) {
    BinaryOutput key = new BinaryOutput();
    key.writeByte(BY_DEADLINE);
    key.writeSortedLong(deadlineMillis);
    writeIdentity(key, event);
    return Bytes.wrap(key.toByteArray());
  }

  private static Bytes deadlinePrefix(long deadlineMillis) {
    BinaryOutput key = new BinaryOutput();
    key.writeByte(BY_DEADLINE);
    key.writeSortedLong(deadlineMillis);
    return Bytes.wrap(key.toByteArray());
  }

  /** Customer, then source position: LSNs below 2^63 sort as they should. */
  private static void writeIdentity(BinaryOutput key, OrderEvent event) {
    ValueType.LONG.write(key, event.order().customerId());
    key.writeSortedLong(event.position().epoch());
    key.writeSortedLong(event.position().previousCommit().value());
    key.writeSortedLong(event.position().lsn().value());
    key.writeSortedLong(event.position().totalOrder());
    key.writeSortedLong(event.order().orderId());
    // a delete and an insert in its place stand at one position, in this order
    key.writeByte(event.kind() == Kind.DELETED ? 0 : 1);
  }
}
