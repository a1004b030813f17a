package dev.cdcpipeline.transforms.aggregate;

import java.util.function.ObjLongConsumer;

/**
 * A bag of values in order, for one aggregate of one group: what {@code max} and {@code
 * count(DISTINCT …)} need and a state value must not hold. In Kafka Streams a range of a store, in
 * tests a sorted map.
 *
 * <p>A value's multiplicity may be negative for a while, when a removal arrives before its
 * addition; only values with a positive one are present. Not thread-safe.
 *
 * @param <V> the values, ordered by their {@link ValueType}
 */
public interface OrderedIndex<V> {

  /**
   * Adds to a value's multiplicity.
   *
   * @return the multiplicity afterwards; 0 leaves nothing behind
   */
  long add(V value, long delta);

  /** A value's multiplicity; 0 if it is not there. */
  long multiplicity(V value);

  /** Sets a value's multiplicity; 0 leaves nothing behind. */
  void put(V value, long multiplicity);

  /** The smallest present value, null if none is present. */
  V first();

  /** The greatest present value, null if none is present. */
  V last();

  /**
   * Passes each value with its multiplicity, if it is not 0, in order. The index must not change
   * meanwhile.
   */
  void forEach(ObjLongConsumer<V> visitor);

  /** Where the aggregates of one group find their indexes. */
  interface Provider {
    /**
     * The index of one aggregate of the group.
     *
     * @param ordinal the aggregate's place in its {@link Aggregation}, from 0
     */
    <V> OrderedIndex<V> index(int ordinal, ValueType<V> type);
  }
}
