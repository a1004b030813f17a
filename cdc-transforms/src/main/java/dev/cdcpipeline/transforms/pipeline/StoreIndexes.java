package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.OrderedIndex;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import java.util.Arrays;
import java.util.function.ObjLongConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The indexes of all groups of a result in one sorted store: group key, aggregate, value →
 * multiplicity.
 */
final class StoreIndexes {
  private final KeyValueStore<Bytes, byte[]> store;

  StoreIndexes(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
  }

  /** The indexes of one group. */
  OrderedIndex.Provider of(byte[] groupKey) {
    return new OrderedIndex.Provider() {
      @Override
      public <V> OrderedIndex<V> index(int ordinal, ValueType<V> type) {
        return new StoreIndex<>(groupKey, ordinal, type);
      }
    };
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
      BinaryOutput key = new BinaryOutput();
      key.writeBytes(prefix);
      type.write(key, value);
      Bytes entry = Bytes.wrap(key.toByteArray());
      byte[] before = store.get(entry);
      long after = (before == null ? 0 : new BinaryInput(before).readVarLong()) + delta;
      if (after == 0) {
        store.delete(entry);
      } else {
        BinaryOutput out = new BinaryOutput();
        out.writeVarLong(after);
        store.put(entry, out.toByteArray());
      }
      return after;
    }

    @Override
    public V first() {
      try (KeyValueIterator<Bytes, byte[]> entries = store.range(from(), to())) {
        return firstPresent(entries);
      }
    }

    @Override
    public V last() {
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
