package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.shop.table.Customer;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.shop.table.ShopTables;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableChange;
import dev.cdcpipeline.transforms.changelog.TableLookup;
import dev.cdcpipeline.transforms.changelog.TableStores;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.Table;
import dev.cdcpipeline.transforms.quality.Observation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The rule MISSING_CUSTOMER. Orders tell the partition of their customer that they refer to it;
 * there it is known which customers exist, and only what is missing, or was, travels back to the
 * order. An order that moves between customers may hear of both in any order, so it remembers all
 * that are missing and is in violation while there is one.
 */
final class MissingCustomers {
  static final String RULE = "MISSING_CUSTOMER";
  private static final String REFERENCES = "missing-customer-references";
  private static final String MISSING = "missing-customer-orders";
  private static final byte[] IS_MISSING = {1};
  private static final byte[] IS_KNOWN = {0};

  static KStream<byte[], Observation> observations(
      Pipeline pipeline, Table<Order> orders, Table<Customer> customers) {
    pipeline.addStore(REFERENCES, false);
    pipeline.addStore(MISSING, false);
    KStream<byte[], byte[]> references =
        orders.stream().process(References::new, Named.as("missing-customer-references-of-orders"));
    KStream<byte[], byte[]> ofOrders =
        pipeline
            .rekey(references, "missing-customer-by-customer", CustomerReference.CUSTOMER)
            .process(
                Lookup::new,
                Named.as("missing-customer-lookup"),
                REFERENCES,
                TableStores.rowsOf(ShopTables.CUSTOMERS));
    KStream<byte[], byte[]> ofCustomers =
        customers.stream()
            .process(Arrivals::new, Named.as("missing-customer-arrivals"), REFERENCES);
    KStream<byte[], byte[]> answers =
        ofOrders.merge(ofCustomers, Named.as("missing-customer-answers"));
    return pipeline
        .rekey(answers, "missing-customer-by-order", ValueType.LONG)
        .process(Collector::new, Named.as("missing-customer-collector"), MISSING);
  }

  /** From changes of orders to the references they make and give up. */
  private static final class References
      extends ContextualProcessor<byte[], TableChange<Order>, byte[], byte[]> {
    @Override
    public void process(Record<byte[], TableChange<Order>> record) {
      TableChange<Order> change = record.value();
      Order before = change.before();
      Order after = change.after();
      if (before != null
          && after != null
          && Objects.equals(before.customerId(), after.customerId())) {
        return;
      }
      if (before != null) {
        forward(
            record,
            new CustomerReference(
                before.customerId(), before.orderId(), false, change.position().lsn()));
      }
      if (after != null) {
        forward(
            record,
            new CustomerReference(
                after.customerId(), after.orderId(), true, change.position().lsn()));
      }
    }

    private void forward(Record<byte[], TableChange<Order>> record, CustomerReference reference) {
      context().forward(record.withKey(reference.customerKey()).withValue(reference.toBytes()));
    }
  }

  /** Keeps who refers to which customer, and answers for customers that are missing. */
  private static final class Lookup extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    private KeyValueStore<Bytes, byte[]> references;
    private TableLookup<Customer> customers;

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      super.init(context);
      references = context.getStateStore(REFERENCES);
      customers =
          new TableLookup<>(
              ShopTables.CUSTOMERS,
              context.getStateStore(TableStores.rowsOf(ShopTables.CUSTOMERS)),
              null);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      CustomerReference reference = CustomerReference.read(record.value());
      Bytes key = concat(reference.customerKey(), reference.orderKey());
      if (reference.holds()) {
        boolean missing =
            reference.customerId() == null
                || customers.row(ValueType.LONG.toBytes(reference.customerId())) == null;
        references.put(key, missing ? IS_MISSING : IS_KNOWN);
        if (missing) {
          context().forward(record.withKey(reference.orderKey()));
        }
      } else if (Arrays.equals(references.delete(key), IS_MISSING)) {
        context().forward(record.withKey(reference.orderKey()));
      }
    }
  }

  /** Answers again when a customer appears or disappears. */
  private static final class Arrivals
      extends ContextualProcessor<byte[], TableChange<Customer>, byte[], byte[]> {
    private KeyValueStore<Bytes, byte[]> references;

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      super.init(context);
      references = context.getStateStore(REFERENCES);
    }

    @Override
    public void process(Record<byte[], TableChange<Customer>> record) {
      TableChange<Customer> change = record.value();
      if ((change.before() == null) == (change.after() == null)) {
        return;
      }
      boolean missing = change.after() == null;
      long customerId = (missing ? change.before() : change.after()).customerId();
      byte[] prefix = CustomerReference.CUSTOMER.toBytes(customerId);
      List<Bytes> changed = new ArrayList<>();
      try (KeyValueIterator<Bytes, byte[]> entries =
          references.prefixScan(prefix, new ByteArraySerializer())) {
        while (entries.hasNext()) {
          KeyValue<Bytes, byte[]> entry = entries.next();
          if (Arrays.equals(entry.value, IS_MISSING) != missing) {
            changed.add(entry.key);
          }
        }
      }
      for (Bytes key : changed) {
        references.put(key, missing ? IS_MISSING : IS_KNOWN);
        byte[] order = Arrays.copyOfRange(key.get(), prefix.length, key.get().length);
        CustomerReference answer =
            new CustomerReference(
                customerId, ValueType.LONG.fromBytes(order), missing, change.position().lsn());
        context().forward(record.withKey(order).withValue(answer.toBytes()));
      }
    }
  }

  /** At the order again: which of its customers are missing. */
  private static final class Collector
      extends ContextualProcessor<byte[], byte[], byte[], Observation> {
    private KeyValueStore<Bytes, byte[]> missing;

    @Override
    public void init(ProcessorContext<byte[], Observation> context) {
      super.init(context);
      missing = context.getStateStore(MISSING);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      CustomerReference answer = CustomerReference.read(record.value());
      Bytes key = concat(answer.orderKey(), answer.customerKey());
      if (answer.holds()) {
        missing.put(key, IS_MISSING);
      } else {
        missing.delete(key);
      }
      context()
          .forward(
              record.withValue(observation(answer.orderId(), answer.orderKey(), answer.lsn())));
    }

    private Observation observation(long orderId, byte[] orderKey, Lsn lsn) {
      String detail = null;
      try (KeyValueIterator<Bytes, byte[]> entries =
          missing.prefixScan(orderKey, new ByteArraySerializer())) {
        if (entries.hasNext()) {
          BinaryInput key = new BinaryInput(entries.next().key.get());
          key.readSortedLong();
          Long customerId = CustomerReference.CUSTOMER.read(key);
          detail =
              customerId == null
                  ? "order has no customer"
                  : "customer " + customerId + " does not exist";
        }
      }
      return new Observation(RULE, Long.toString(orderId), detail, lsn);
    }
  }

  private static Bytes concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return Bytes.wrap(both);
  }

  private MissingCustomers() {}
}
