package dev.cdcpipeline.transforms.pipeline;

import java.util.List;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Holds records back until Kafka Streams is about to commit, inside the same transaction.
 *
 * <p>Nothing else tells a processor of a commit: a punctuation comes at any time, and a store is
 * asked to commit after the transaction has ended. A table with a cache gives its changes when the
 * cache is flushed, which is the first step of every commit. What is under the cache need not keep
 * anything. Without a cache ({@code statestore.cache.max.bytes=0}) records pass at once.
 */
final class CommitSignal {
  static final byte[] PENDING = {1};
  private static final byte[] ONE_KEY = {0};

  /**
   * All keys are one to the table: a cache keeps what it has given, and would fill with keys until
   * it gives each record at once.
   */
  private static final Serde<byte[]> KEYS =
      Serdes.serdeFrom((topic, key) -> ONE_KEY, (topic, key) -> ONE_KEY);

  /** One record for all that came since the last commit, whatever their keys. */
  static KStream<byte[], byte[]> beforeCommit(
      KStream<byte[], byte[]> records, String name, Serde<byte[]> bytes) {
    return records
        .toTable(
            Named.as(name),
            Materialized.<byte[], byte[]>as(new Supplier(name))
                .withKeySerde(KEYS)
                .withValueSerde(bytes)
                .withCachingEnabled()
                .withLoggingDisabled())
        .toStream(Named.as(name + "-given"));
  }

  private record Supplier(String name) implements KeyValueBytesStoreSupplier {
    @Override
    public KeyValueStore<Bytes, byte[]> get() {
      return new Nothing(name);
    }

    @Override
    public String metricsScope() {
      return "nothing";
    }
  }

  /** A store that keeps nothing. */
  private static final class Nothing implements KeyValueStore<Bytes, byte[]> {
    private final String name;
    private boolean isOpen;

    Nothing(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {
      context.register(root, (key, value) -> {});
      isOpen = true;
    }

    @Override
    public void close() {
      isOpen = false;
    }

    @Override
    public boolean persistent() {
      return false;
    }

    @Override
    public boolean isOpen() {
      return isOpen;
    }

    @Override
    public void put(Bytes key, byte[] value) {
      // kept by nobody
    }

    @Override
    public byte[] putIfAbsent(Bytes key, byte[] value) {
      return null;
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
      // kept by nobody
    }

    @Override
    public byte[] delete(Bytes key) {
      return null;
    }

    @Override
    public byte[] get(Bytes key) {
      return null;
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
      return new NoEntries();
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
      return new NoEntries();
    }

    @Override
    public long approximateNumEntries() {
      return 0;
    }
  }

  private static final class NoEntries implements KeyValueIterator<Bytes, byte[]> {
    @Override
    public boolean hasNext() {
      return false;
    }

    @Override
    public KeyValue<Bytes, byte[]> next() {
      throw new java.util.NoSuchElementException();
    }

    @Override
    public Bytes peekNextKey() {
      throw new java.util.NoSuchElementException();
    }

    @Override
    public void close() {
      // nothing is open
    }
  }

  private CommitSignal() {}
}
