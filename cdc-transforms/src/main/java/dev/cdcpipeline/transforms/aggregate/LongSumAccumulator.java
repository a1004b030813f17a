package dev.cdcpipeline.transforms.aggregate;

/**
 * Exact {@code sum} of integers in 128 bits, so that no intermediate state overflows; the sum of
 * nothing is 0.
 */
final class LongSumAccumulator implements Accumulator<Long, Long> {
  private long high;
  private long low;

  @Override
  public void accumulate(Long value) {
    if (value != null) {
      add(value >> 63, value);
    }
  }

  @Override
  public void retract(Long value) {
    if (value != null) {
      subtract(value >> 63, value);
    }
  }

  @Override
  public void merge(Accumulator<Long, Long> other) {
    LongSumAccumulator sum = Mismatch.check(LongSumAccumulator.class, other);
    add(sum.high, sum.low);
  }

  /**
   * The sum.
   *
   * @throws ArithmeticException if it does not fit PostgreSQL's {@code bigint}, as PostgreSQL
   *     refuses it too
   */
  @Override
  public Long result() {
    if (high != low >> 63) {
      throw new ArithmeticException("sum of integers exceeds bigint; sum them as decimals");
    }
    return low;
  }

  @Override
  public boolean isEmpty() {
    return (high | low) == 0;
  }

  @Override
  public void write(BinaryOutput out) {
    out.writeVarLong(low);
    // the usual high part is the sign of the low one: one byte
    out.writeVarLong(high - (low >> 63));
  }

  @Override
  public void read(BinaryInput in) {
    low = in.readVarLong();
    high = in.readVarLong() + (low >> 63);
  }

  private void add(long addHigh, long addLow) {
    long sum = low + addLow;
    high += addHigh + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
    low = sum;
  }

  private void subtract(long subtractHigh, long subtractLow) {
    long difference = low - subtractLow;
    high -= subtractHigh + (Long.compareUnsigned(low, subtractLow) < 0 ? 1 : 0);
    low = difference;
  }
}
