package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** {@code round(avg(x), scale)}, half away from zero; the average of nothing is null. */
final class AverageAccumulator implements Accumulator<BigDecimal, BigDecimal> {
  private final int scale;
  private BigDecimal sum = BigDecimal.ZERO;
  private long count;

  AverageAccumulator(int scale) {
    this.scale = scale;
  }

  @Override
  public void accumulate(BigDecimal value) {
    if (value != null) {
      sum = sum.add(value);
      count++;
    }
  }

  @Override
  public void retract(BigDecimal value) {
    if (value != null) {
      sum = sum.subtract(value);
      count--;
    }
  }

  @Override
  public void merge(Accumulator<BigDecimal, BigDecimal> other) {
    AverageAccumulator average = Mismatch.check(AverageAccumulator.class, other);
    sum = sum.add(average.sum);
    count += average.count;
  }

  @Override
  public BigDecimal result() {
    // a count below 1 is a state between a retraction and its accumulation: nothing to average yet
    return count <= 0 ? null : sum.divide(BigDecimal.valueOf(count), scale, RoundingMode.HALF_UP);
  }

  @Override
  public boolean isEmpty() {
    return count == 0 && sum.signum() == 0;
  }

  @Override
  public void write(BinaryOutput out) {
    out.writeVarLong(count);
    out.writeDecimal(sum);
  }

  @Override
  public void read(BinaryInput in) {
    count = in.readVarLong();
    sum = in.readDecimal();
  }
}
