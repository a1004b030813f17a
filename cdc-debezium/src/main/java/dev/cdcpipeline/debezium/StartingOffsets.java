package dev.cdcpipeline.debezium;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.source.TransactionContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/** Connect's context, whose stored offsets Debezium sees as {@link RestartOffset} has them. */
record StartingOffsets(SourceTaskContext connect)
    implements SourceTaskContext, OffsetStorageReader {
  @Override
  public Map<String, String> configs() {
    return connect.configs();
  }

  @Override
  public OffsetStorageReader offsetStorageReader() {
    return this;
  }

  @Override
  public TransactionContext transactionContext() {
    return connect.transactionContext();
  }

  @Override
  public PluginMetrics pluginMetrics() {
    return connect.pluginMetrics();
  }

  @Override
  public <T> Map<String, Object> offset(Map<String, T> partition) {
    return RestartOffset.toStartFrom(connect.offsetStorageReader().offset(partition));
  }

  @Override
  public <T> Map<Map<String, T>, Map<String, Object>> offsets(
      Collection<Map<String, T>> partitions) {
    Map<Map<String, T>, Map<String, Object>> offsets = new HashMap<>();
    connect
        .offsetStorageReader()
        .offsets(partitions)
        .forEach((partition, offset) -> offsets.put(partition, RestartOffset.toStartFrom(offset)));
    return offsets;
  }
}
