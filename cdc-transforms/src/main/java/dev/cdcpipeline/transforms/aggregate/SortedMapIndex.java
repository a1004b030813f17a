package dev.cdcpipeline.transforms.aggregate;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;

/** An {@link OrderedIndex} in memory, for tests and for groups known to be small. */
public final class SortedMapIndex<V> implements OrderedIndex<V> {
  private final TreeMap<V, Long> multiplicities;

  public SortedMapIndex(ValueType<V> type) {
    multiplicities = new TreeMap<>(type);
  }

  /** Indexes in memory for the aggregates of one group. */
  public static Provider inMemory() {
    return new Provider() {
      @Override
      public <V> OrderedIndex<V> index(int ordinal, ValueType<V> type) {
        return new SortedMapIndex<>(type);
      }
    };
  }

  @Override
  public long add(V value, long delta) {
    long after = multiplicity(value) + delta;
    put(value, after);
    return after;
  }

  @Override
  public long multiplicity(V value) {
    return multiplicities.getOrDefault(value, 0L);
  }

  @Override
  public void put(V value, long multiplicity) {
    if (multiplicity == 0) {
      multiplicities.remove(value);
    } else {
      multiplicities.put(value, multiplicity);
    }
  }

  @Override
  public V first() {
    return firstPresent(multiplicities);
  }

  @Override
  public V last() {
    return firstPresent(multiplicities.descendingMap());
  }

  @Override
  public void forEach(ObjLongConsumer<V> visitor) {
    multiplicities.forEach(visitor::accept);
  }

  private static <V> V firstPresent(Map<V, Long> inOrder) {
    for (Map.Entry<V, Long> entry : inOrder.entrySet()) {
      if (entry.getValue() > 0) {
        return entry.getKey();
      }
    }
    return null;
  }
}
