package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Exact {@code sum} of decimals; the sum of nothing is 0. */
final class SumAccumulator implements Accumulator<BigDecimal, BigDecimal> {
  private BigDecimal sum = BigDecimal.ZERO;

  @Override
  public void accumulate(BigDecimal value) {
    if (value != null) {
      sum = sum.add(value);
    }
  }

  @Override
  public void retract(BigDecimal value) {
    if (value != null) {
      sum = sum.subtract(value);
    }
  }

  @Override
  public void merge(Accumulator<BigDecimal, BigDecimal> other) {
    sum = sum.add(Mismatch.check(SumAccumulator.class, other).sum);
  }

  @Override
  public BigDecimal result() {
    return sum;
  }

  @Override
  public boolean isEmpty() {
    return sum.signum() == 0;
  }

  @Override
  public void write(BinaryOutput out) {
    writeDecimal(out, sum);
  }

  @Override
  public void read(BinaryInput in) {
    sum = readDecimal(in);
  }

  /** The scale, then either the unscaled value, if 63 bits hold it, or its bytes. */
  static void writeDecimal(BinaryOutput out, BigDecimal value) {
    BigInteger unscaled = value.unscaledValue();
    boolean small = unscaled.bitLength() < 63;
    out.writeVarLong((long) value.scale() << 1 | (small ? 0 : 1));
    if (small) {
      out.writeVarLong(unscaled.longValue());
    } else {
      out.writeLengthAndBytes(unscaled.toByteArray());
    }
  }

  static BigDecimal readDecimal(BinaryInput in) {
    long header = in.readVarLong();
    int scale = Math.toIntExact(header >> 1);
    return (header & 1) == 0
        ? BigDecimal.valueOf(in.readVarLong(), scale)
        : new BigDecimal(new BigInteger(in.readLengthAndBytes()), scale);
  }
}
