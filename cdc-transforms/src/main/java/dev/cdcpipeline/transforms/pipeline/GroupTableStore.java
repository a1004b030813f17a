package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.changelog.TableStores;
import java.util.Map;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * One task's {@link GroupTable} for the processors that share it. A store only to Kafka Streams:
 * what it holds begins anew with each task, from the stores that have a changelog.
 */
final class GroupTableStore implements StateStore {
  private final String name;
  private GroupTable<?, ?, ?, ?, ?> table;
  private boolean isOpen;

  private GroupTableStore(String name) {
    this.name = name;
  }

  /** The table of a result, from a processor that is connected to its stores. */
  @SuppressWarnings("unchecked") // the store is named after the result
  static <R, G, J, K, V> GroupTable<R, G, J, K, V> tableOf(
      GroupedResult<R, G, J, K, V> result, TableStores.ByName stores) {
    GroupTableStore store = stores.getStateStore(result.tableStore());
    if (store.table == null) {
      store.table = new GroupTable<>(result, stores);
    }
    return (GroupTable<R, G, J, K, V>) store.table;
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
