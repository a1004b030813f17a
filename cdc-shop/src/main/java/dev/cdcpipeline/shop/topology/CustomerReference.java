package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.ValueType;

/**
 * An order refers to a customer, or no longer does; on the way back: the customer is missing, or is
 * not.
 *
 * @param customerId null for an order without a customer
 * @param holds whether it is so now
 * @param lsn of the change that made it so
 */
record CustomerReference(Long customerId, long orderId, boolean holds, Lsn lsn) {
  /** Customers by id, and the one that orders without a customer refer to. */
  static final ValueType<Long> CUSTOMER = ValueType.nullable(ValueType.LONG);

  byte[] customerKey() {
    return CUSTOMER.toBytes(customerId);
  }

  byte[] orderKey() {
    return ValueType.LONG.toBytes(orderId);
  }

  byte[] toBytes() {
    BinaryOutput out = new BinaryOutput();
    CUSTOMER.write(out, customerId);
    out.writeVarLong(orderId);
    out.writeByte(holds ? 1 : 0);
    out.writeVarLong(lsn.value());
    return out.toByteArray();
  }

  static CustomerReference read(byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    return new CustomerReference(
        CUSTOMER.read(in), in.readVarLong(), in.readByte() == 1, new Lsn(in.readVarLong()));
  }
}
