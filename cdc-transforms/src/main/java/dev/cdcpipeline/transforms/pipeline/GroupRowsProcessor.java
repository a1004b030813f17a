package dev.cdcpipeline.transforms.pipeline;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Passes on the rows of groups that have changed, when a commit is about to be made. */
final class GroupRowsProcessor<R, G, J, K, V> implements Processor<byte[], byte[], K, V> {
  private final GroupedResult<R, G, J, K, V> result;
  private ProcessorContext<K, V> context;
  private GroupTableStore store;
  private GroupTable<R, G, J, K, V> groups;

  GroupRowsProcessor(GroupedResult<R, G, J, K, V> result) {
    this.result = result;
  }

  @Override
  public void init(ProcessorContext<K, V> processorContext) {
    context = processorContext;
    store = GroupTableStore.of(result, context::getStateStore);
    groups = store.table(result, context::getStateStore);
  }

  @Override
  public void close() {
    store.forget();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    groups.pass(context);
  }
}
