package dev.cdcpipeline.transforms.aggregate;

/**
 * {@code min} or {@code max}: the state is the value itself, what comes after it is in the index.
 */
final class ExtremeAccumulator<V> implements Accumulator<V, V> {
  private final ValueType<V> type;
  private final OrderedIndex<V> index;
  private final boolean greatest;
  private V current;

  ExtremeAccumulator(ValueType<V> type, OrderedIndex<V> index, boolean greatest) {
    this.type = type;
    this.index = index;
    this.greatest = greatest;
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
  public void merge(Accumulator<V, V> other) {
    ExtremeAccumulator<?> checked = Mismatch.check(ExtremeAccumulator.class, other);
    @SuppressWarnings("unchecked") // same V: the parameter's type says so
    ExtremeAccumulator<V> values = (ExtremeAccumulator<V>) checked;
    values.index.forEach(this::add);
  }

  private void add(V value, long delta) {
    long after = index.add(value, delta);
    if (after > 0) {
      if (current == null || isBetter(value, current)) {
        current = value;
      }
    } else if (current != null && type.compare(value, current) == 0) {
      // the extreme itself is gone: the only case that asks the index
      current = greatest ? index.last() : index.first();
    }
  }

  private boolean isBetter(V candidate, V than) {
    int order = type.compare(candidate, than);
    return greatest ? order > 0 : order < 0;
  }

  @Override
  public V result() {
    return current;
  }

  @Override
  public boolean isEmpty() {
    return current == null;
  }

  @Override
  public void write(BinaryOutput out) {
    out.writeByte(current == null ? 0 : 1);
    if (current != null) {
      type.write(out, current);
    }
  }

  @Override
  public void read(BinaryInput in) {
    current = in.readByte() == 0 ? null : type.read(in);
  }
}
