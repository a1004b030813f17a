package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.changelog.TableStores;
import java.util.Map;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * One task's {@link GroupTable} for the processors that share it. A store only to Kafka Streams:
 * what it holds begins anew whenever the processors do, from the stores that have a changelog.
 */
final class GroupTableStore implements StateStore {
  private final String name;
  private GroupTable<?, ?, ?, ?, ?> table;
  private boolean isOpen;

  private GroupTableStore(String name) {
    this.name = name;
  }

  /** The store of a result, from a processor that is connected to it. */
  static GroupTableStore of(GroupedResult<?, ?, ?, ?, ?> result, TableStores.ByName stores) {
    return stores.getStateStore(result.tableStore());
  }

  /** The table, new if this is the first of the processors that begin. */
  @SuppressWarnings("unchecked") // the store is named after the result
  <R, G, J, K, V> GroupTable<R, G, J, K, V> table(
      GroupedResult<R, G, J, K, V> result, TableStores.ByName stores) {
    if (table == null) {
      table = new GroupTable<>(result, stores);
    }
    return (GroupTable<R, G, J, K, V>) table;
  }

  /**
   * A processor ends. Its task may become a standby, whose stores another instance goes on writing
   * to, and active again, without a store being closed or opened: nothing may stay in memory.
   */
  void forget() {
    table = null;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    context.register(root, (key, value) -> {});
    table = null;
    isOpen = true;
  }

  @Override
  public void close() {
    table = null;
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

  /** Makes one for each task. */
  static final class Builder implements StoreBuilder<GroupTableStore> {
    private final String name;

    Builder(String name) {
      this.name = name;
    }

    @Override
    public GroupTableStore build() {
      return new GroupTableStore(name);
    }

    @Override
    public StoreBuilder<GroupTableStore> withCachingEnabled() {
      throw new UnsupportedOperationException(name + " is a cache");
    }

    @Override
    public StoreBuilder<GroupTableStore> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<GroupTableStore> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException(name + " has nothing to log");
    }

    @Override
    public StoreBuilder<GroupTableStore> withLoggingDisabled() {
      return this;
    }

    @Override
    public Map<String, String> logConfig() {
      return Map.of();
    }

    @Override
    public boolean loggingEnabled() {
      return false;
    }

    @Override
    public String name() {
      return name;
    }
  }
}
