package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.shop.table.Order;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.changelog.Positions;
import dev.cdcpipeline.transforms.changelog.TableChange;
import dev.cdcpipeline.transforms.changelog.TableChange.Kind;
import java.nio.charset.StandardCharsets;

/**
 * One change of an order on its way to its customer.
 *
 * @param kind what happened
 * @param order the row after the change; the last known one for a delete
 * @param position where the change stands at the source
 * @param commitMicros commit time at the source
 */
record OrderEvent(Kind kind, Order order, SourcePosition position, long commitMicros) {

  static OrderEvent of(TableChange<Order> change) {
    return new OrderEvent(
        change.kind(),
        change.after() == null ? change.before() : change.after(),
        change.position(),
        change.commitMicros());
  }

  byte[] toBytes() {
    BinaryOutput out = new BinaryOutput();
    out.writeByte(kind.ordinal());
    Positions.write(out, position);
    out.writeVarLong(commitMicros);
    out.writeVarLong(order.orderId());
    int nulls =
        bit(order.customerId(), 0)
            | bit(order.orderStatus(), 1)
            | bit(order.totalAmount(), 2)
            | bit(order.shippingAddress(), 3)
            | bit(order.createdAt(), 4)
            | bit(order.updatedAt(), 5);
    out.writeByte(nulls);
    if (order.customerId() != null) {
      out.writeVarLong(order.customerId());
    }
    if (order.orderStatus() != null) {
      out.writeLengthAndBytes(order.orderStatus().getBytes(StandardCharsets.UTF_8));
    }
    if (order.totalAmount() != null) {
      out.writeDecimal(order.totalAmount());
    }
    if (order.shippingAddress() != null) {
      out.writeLengthAndBytes(order.shippingAddress().getBytes(StandardCharsets.UTF_8));
    }
    if (order.createdAt() != null) {
      out.writeVarLong(order.createdAt());
    }
    if (order.updatedAt() != null) {
      out.writeVarLong(order.updatedAt());
    }
    return out.toByteArray();
  }

  static OrderEvent read(byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    Kind kind = Kind.values()[in.readByte()];
    SourcePosition position = Positions.read(in);
    long commitMicros = in.readVarLong();
    long orderId = in.readVarLong();
    int nulls = in.readByte();
    Order order =
        new Order(
            orderId,
            isNull(nulls, 0) ? null : (Long) in.readVarLong(),
            isNull(nulls, 1) ? null : text(in),
            isNull(nulls, 2) ? null : in.readDecimal(),
            isNull(nulls, 3) ? null : text(in),
            isNull(nulls, 4) ? null : (Long) in.readVarLong(),
            isNull(nulls, 5) ? null : (Long) in.readVarLong());
    return new OrderEvent(kind, order, position, commitMicros);
  }

  private static String text(BinaryInput in) {
    return new String(in.readLengthAndBytes(), StandardCharsets.UTF_8);
  }

  private static int bit(Object value, int place) {
    return value == null ? 1 << place : 0;
  }

  private static boolean isNull(int nulls, int place) {
    return (nulls & 1 << place) != 0;
  }
}
