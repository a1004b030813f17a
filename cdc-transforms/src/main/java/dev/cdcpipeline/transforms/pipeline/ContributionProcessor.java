package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.aggregate.Aggregation;
import dev.cdcpipeline.transforms.aggregate.Aggregation.Contribution;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableChange;
import java.util.function.Function;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * From a change of a row to what its groups must take back and take in. A change that none of the
 * aggregates sees goes no further: it costs no record.
 */
final class ContributionProcessor<R, G>
    extends ContextualProcessor<byte[], TableChange<R>, byte[], byte[]> {
  private final ValueType<G> keyType;
  private final Function<? super R, ? extends G> groupBy;
  private final Aggregation<R> aggregation;

  ContributionProcessor(
      ValueType<G> keyType, Function<? super R, ? extends G> groupBy, Aggregation<R> aggregation) {
    this.keyType = keyType;
    this.groupBy = groupBy;
    this.aggregation = aggregation;
  }

  @Override
  public void process(Record<byte[], TableChange<R>> record) {
    TableChange<R> change = record.value();
    G from = change.before() == null ? null : groupBy.apply(change.before());
    G to = change.after() == null ? null : groupBy.apply(change.after());
    Contribution retracted = from == null ? null : aggregation.contributionOf(change.before());
    Contribution accumulated = to == null ? null : aggregation.contributionOf(change.after());
    Lsn lsn = change.position().lsn();
    if (from != null && to != null && keyType.compare(from, to) == 0) {
      if (!aggregation.isSame(retracted, accumulated)) {
        forward(from, new GroupDelta(lsn, retracted, accumulated), record.timestamp());
      }
      return;
    }
    if (from != null) {
      forward(from, new GroupDelta(lsn, retracted, null), record.timestamp());
    }
    if (to != null) {
      forward(to, new GroupDelta(lsn, null, accumulated), record.timestamp());
    }
  }

  private void forward(G group, GroupDelta delta, long timestamp) {
    context().forward(new Record<>(keyType.toBytes(group), delta.toBytes(aggregation), timestamp));
  }
}
