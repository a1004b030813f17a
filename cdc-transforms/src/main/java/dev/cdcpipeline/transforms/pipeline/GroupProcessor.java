package dev.cdcpipeline.transforms.pipeline;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Applies deltas to the groups of one result. */
final class GroupProcessor<R, G, J, K, V> implements Processor<byte[], byte[], K, V> {
  private final GroupedResult<R, G, J, K, V> result;
  private GroupTable<R, G, J, K, V> groups;

  GroupProcessor(GroupedResult<R, G, J, K, V> result) {
    this.result = result;
  }

  @Override
  public void init(ProcessorContext<K, V> context) {
    groups = new GroupTable<>(result, context);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    groups.apply(
        record.key(), GroupDelta.read(result.aggregation(), record.value()), record.timestamp());
  }
}
