package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import java.math.BigDecimal;
import java.util.Objects;

/**
 * The stretch of an order's history in one status.
 *
 * @param windowStart the hour in which it began, microseconds since the epoch
 * @param orderStatus may be null: such a stint belongs to no group, but it ends the one before
 * @param totalAmount the latest amount in the stint
 */
record Stint(Long windowStart, String orderStatus, BigDecimal totalAmount) {
  private static final ValueType<String> STATUS = ValueType.nullable(ValueType.STRING);

  /** The stint with the amount of a later event. */
  Stint at(BigDecimal amount) {
    return new Stint(windowStart, orderStatus, amount);
  }

  boolean isIn(String status) {
    return Objects.equals(orderStatus, status);
  }

  byte[] toBytes() {
    BinaryOutput out = new BinaryOutput();
    out.writeVarLong(windowStart);
    STATUS.write(out, orderStatus);
    out.writeByte(totalAmount == null ? 0 : 1);
    if (totalAmount != null) {
      out.writeDecimal(totalAmount);
    }
    return out.toByteArray();
  }

  static Stint read(byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    return new Stint(
        in.readVarLong(), STATUS.read(in), in.readByte() == 0 ? null : in.readDecimal());
  }
}
