package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;

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
    out.writeDecimal(sum);
  }

  @Override
  public void read(BinaryInput in) {
    sum = in.readDecimal();
  }
}
