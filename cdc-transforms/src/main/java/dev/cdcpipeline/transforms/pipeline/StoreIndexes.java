package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.CachedIndex;
import dev.cdcpipeline.transforms.aggregate.OrderedIndex;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The indexes of all groups of a result in one sorted store: group key, aggregate, value →
 * multiplicity. Each is a {@link CachedIndex} before its range of the store.
 */
final class StoreIndexes {
  /** Of one aggregate of one group; a group may have any number of values. */
  private static final int VALUES_IN_MEMORY = 4096;

  private final KeyValueStore<Bytes, byte[]> store;
  private final List<KeyValue<Bytes, byte[]>> batch = new ArrayList<>();
  private final BinaryOutput out = new BinaryOutput();

  StoreIndexes(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
  }

  /** The indexes of one group, changed in memory until they are written. */
  OfGroup of(byte[] groupKey) {
    return new OfGroup(groupKey);
  }

  /** Gives the store what was written to it. */
  void write() {
    if (!batch.isEmpty()) {
      store.putAll(batch);
      batch.clear();
    }
  }

  /** The indexes of one group. */
  final class OfGroup implements OrderedIndex.Provider {
    private final byte[] groupKey;
    private final List<CachedIndex<?>> indexes = new ArrayList<>(1);

    private OfGroup(byte[] groupKey) {
      this.groupKey = groupKey;
    }

    @Override
    public <V> OrderedIndex<V> index(int ordinal, ValueType<V> type) {
      CachedIndex<V> index =
          new CachedIndex<>(type, new StoreIndex<>(groupKey, ordinal, type), VALUES_IN_MEMORY);
      indexes.add(index);
      return index;
    }

    /** Writes what has changed; {@link StoreIndexes#write} brings it to the store. */
    void write() {
      for (CachedIndex<?> index : indexes) {
        index.write();
      }
    }

    /** Takes what is written out of memory. */
    void forget() {
      for (CachedIndex<?> index : indexes) {
        index.forget();
      }
    }

    /** How many values are in memory. */
    int values() {
      int values = 0;
      for (CachedIndex<?> index : indexes) {
        values += index.size();
      }
      return values;
    }
  }

  private final class StoreIndex<V> implements OrderedIndex<V> {
    private final byte[] prefix;
    private final ValueType<V> type;

    StoreIndex(byte[] groupKey, int ordinal, ValueType<V> type) {
      this.prefix = Arrays.copyOf(groupKey, groupKey.length + 1);
      this.prefix[groupKey.length] = (byte) ordinal;
      this.type = type;
    }

    @Override
    public long add(V value, long delta) {
      long after = multiplicity(value) + delta;
      put(value, after);
      return after;
    }

    @Override
    public long multiplicity(V value) {
      write();
      byte[] bytes = store.get(entry(value));
      return bytes == null ? 0 : new BinaryInput(bytes).readVarLong();
    }

    @Override
    public void put(V value, long multiplicity) {
      Bytes entry = entry(value);
      byte[] bytes = null;
      if (multiplicity != 0) {
        out.reset().writeVarLong(multiplicity);
        bytes = out.toByteArray();
      }
      batch.add(KeyValue.pair(entry, bytes));
    }

    private Bytes entry(V value) {
      out.reset().writeBytes(prefix);
      type.write(out, value);
      return Bytes.wrap(out.toByteArray());
    }

    @Override
    public V first() {
      write();
      try (KeyValueIterator<Bytes, byte[]> entries = store.range(from(), to())) {
        return firstPresent(entries);
      }
    }

    @Override
    public V last() {
      write();
      try (KeyValueIterator<Bytes, byte[]> entries = store.reverseRange(from(), to())) {
        return firstPresent(entries);
      }
    }

    private V firstPresent(KeyValueIterator<Bytes, byte[]> entries) {
      while (entries.hasNext()) {
        KeyValue<Bytes, byte[]> entry = entries.next();
        if (new BinaryInput(entry.value).readVarLong() > 0) {
          return valueIn(entry.key);
        }
      }
      return null;
    }

    @Override
    public void forEach(ObjLongConsumer<V> visitor) {
      write();
      try (KeyValueIterator<Bytes, byte[]> entries = store.range(from(), to())) {
        entries.forEachRemaining(
            entry ->
                visitor.accept(valueIn(entry.key), new BinaryInput(entry.value).readVarLong()));
      }
    }

    private V valueIn(Bytes key) {
      return type.fromBytes(Arrays.copyOfRange(key.get(), prefix.length, key.get().length));
    }

    private Bytes from() {
      return Bytes.wrap(prefix);
    }

    /**
     * The beginning of the next aggregate's entries; ordinals end at 62, so it does not overflow.
     */
    private Bytes to() {
      byte[] next = prefix.clone();
      next[next.length - 1]++;
      return Bytes.wrap(next);
    }
  }
}
