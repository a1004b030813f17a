package dev.cdcpipeline.transforms.application;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * One bound for the memory of all state stores in this process. By default each store of each
 * partition has its own caches and buffers; a topology of this size would take gigabytes.
 *
 * <p>Kafka Streams makes one of these for each store; what they share is made by the first.
 */
public final class BoundedMemory implements RocksDBConfigSetter {
  static final String BYTES = "dev.cdcpipeline.state.memory.bytes";

  /** Writes that are not yet in files may take half of the memory. */
  private static final int WRITE_SHARE = 2;

  private static final long WRITE_BUFFER = 4L << 20;

  private static final AtomicReference<Shared> SHARED = new AtomicReference<>();

  private record Shared(Cache cache, WriteBufferManager writes) {}

  private static synchronized Shared shared(long bytes) {
    if (SHARED.get() == null) {
      RocksDB.loadLibrary();
      Cache cache = new LRUCache(bytes);
      SHARED.set(new Shared(cache, new WriteBufferManager(bytes / WRITE_SHARE, cache)));
    }
    return SHARED.get();
  }

  @Override
  public void setConfig(String store, Options options, Map<String, Object> configs) {
    Shared memory = shared(((Number) configs.get(BYTES)).longValue());
    BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
    table.setBlockCache(memory.cache());
    table.setCacheIndexAndFilterBlocks(true);
    options.setTableFormatConfig(table);
    options.setWriteBufferManager(memory.writes());
    options.setWriteBufferSize(WRITE_BUFFER);
  }

  @Override
  public void close(String store, Options options) {
    // what is shared lives as long as the process
  }
}
