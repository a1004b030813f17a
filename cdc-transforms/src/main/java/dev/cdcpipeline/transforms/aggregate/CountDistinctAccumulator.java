package dev.cdcpipeline.transforms.aggregate;

/** {@code count(DISTINCT x)}: the state is the count, the members are in the index. */
final class CountDistinctAccumulator<V> implements Accumulator<V, Long> {
  private final OrderedIndex<V> index;
  private long distinct;

  CountDistinctAccumulator(OrderedIndex<V> index) {
    this.index = index;
  }

  @Override
  public void accumulate(V value) {
    if (value != null) {
      add(value, 1);
    }
  }

  @Override
  public void retract(V value) {
    if (value != null) {
      add(value, -1);
    }
  }

  @Override
  public void merge(Accumulator<V, Long> other) {
    CountDistinctAccumulator<?> checked = Mismatch.check(CountDistinctAccumulator.class, other);
    @SuppressWarnings("unchecked") // same V: the parameter's type says so
    CountDistinctAccumulator<V> members = (CountDistinctAccumulator<V>) checked;
    members.index.forEach(this::add);
  }

  private void add(V value, long delta) {
    long after = index.add(value, delta);
    distinct += (after > 0 ? 1 : 0) - (after - delta > 0 ? 1 : 0);
  }

  @Override
  public Long result() {
    return distinct;
  }

  @Override
  public boolean isEmpty() {
    return distinct == 0;
  }

  @Override
  public void write(BinaryOutput out) {
    out.writeVarLong(distinct);
  }

  @Override
  public void read(BinaryInput in) {
    distinct = in.readVarLong();
  }
}
