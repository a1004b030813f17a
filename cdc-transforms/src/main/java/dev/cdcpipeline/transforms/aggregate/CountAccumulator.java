package dev.cdcpipeline.transforms.aggregate;

/** {@code count(*)} and {@code count(x)}: how many values there are. */
final class CountAccumulator<V> implements Accumulator<V, Long> {
  private long count;

  @Override
  public void accumulate(V value) {
    if (value != null) {
      count++;
    }
  }

  @Override
  public void retract(V value) {
    if (value != null) {
      count--;
    }
  }

  @Override
  public void merge(Accumulator<V, Long> other) {
    count += Mismatch.check(CountAccumulator.class, other).count;
  }

  @Override
  public Long result() {
    return count;
  }

  @Override
  public boolean isEmpty() {
    return count == 0;
  }

  @Override
  public void write(BinaryOutput out) {
    out.writeVarLong(count);
  }

  @Override
  public void read(BinaryInput in) {
    count = in.readVarLong();
  }
}
