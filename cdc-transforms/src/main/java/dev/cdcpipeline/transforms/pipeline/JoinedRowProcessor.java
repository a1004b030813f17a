package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.changelog.TableChange;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Applies changes of the joined table to the groups of one result. */
final class JoinedRowProcessor<R, G, J, K, V> implements Processor<byte[], TableChange<J>, K, V> {
  private final GroupedResult<R, G, J, K, V> result;
  private ProcessorContext<K, V> context;
  private GroupTableStore store;
  private GroupTable<R, G, J, K, V> groups;

  JoinedRowProcessor(GroupedResult<R, G, J, K, V> result) {
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
  public void process(Record<byte[], TableChange<J>> record) {
    TableChange<J> change = record.value();
    groups.applyJoined(
        change.key(),
        change.before(),
        change.after(),
        change.position().lsn(),
        record.timestamp(),
        context);
  }
}
