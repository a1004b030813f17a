package dev.cdcpipeline.transforms.aggregate;

/**
 * The state of one aggregate of one group: values are accumulated and retracted, states are merged,
 * the result is derived.
 *
 * <p>Accumulators form a commutative group: the order of calls never matters, {@code retract(v)}
 * undoes {@code accumulate(v)} even if it comes first, and merging the states of any split gives
 * the state of the whole. Null values are ignored, as SQL does. Arithmetic is exact. Not
 * thread-safe.
 *
 * @param <V> the values
 * @param <R> the result
 */
public interface Accumulator<V, R> {

  void accumulate(V value);

  void retract(V value);

  /**
   * Adds what another state of the same aggregate holds; the other is not changed, its index is
   * read.
   *
   * @throws IllegalArgumentException if it belongs to another kind of aggregate
   */
  void merge(Accumulator<V, R> other);

  /** The aggregate of what is accumulated and not retracted. */
  R result();

  /** Whether this state equals that of an empty group, so that it need not be kept. */
  boolean isEmpty();

  void write(BinaryOutput out);

  /**
   * Replaces this state by one that {@link #write} wrote.
   *
   * @throws IllegalArgumentException if the bytes are not such a state; this state is undefined
   *     then
   */
  void read(BinaryInput in);
}
