package dev.cdcpipeline.transforms.pipeline;

import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * Applies deltas to the groups of one result. Passes on the first one since the groups' rows were
 * passed on, for {@link CommitSignal} to keep until the commit.
 */
final class GroupProcessor<R, G, J, K, V> implements FixedKeyProcessor<byte[], byte[], byte[]> {
  private final GroupedResult<R, G, J, K, V> result;
  private FixedKeyProcessorContext<byte[], byte[]> context;
  private GroupTableStore store;
  private GroupTable<R, G, J, K, V> groups;

  GroupProcessor(GroupedResult<R, G, J, K, V> result) {
    this.result = result;
  }

  @Override
  public void init(FixedKeyProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    store = GroupTableStore.of(result, context::getStateStore);
    groups = store.table(result, context::getStateStore);
  }

  @Override
  public void close() {
    store.forget();
  }

  @Override
  public void process(FixedKeyRecord<byte[], byte[]> record) {
    boolean isFirst = !groups.isPending();
    groups.apply(
        record.key(), GroupDelta.read(result.aggregation(), record.value()), record.timestamp());
    if (isFirst) {
      // the groups' rows have times of their own; an older one would be called out of order
      context.forward(
          record.withValue(CommitSignal.PENDING).withTimestamp(context.currentStreamTimeMs()));
    } else if (groups.isFull()) {
      context.commit();
    }
  }
}
