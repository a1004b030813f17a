package dev.cdcpipeline.transforms.quality;

import dev.cdcpipeline.transforms.changelog.TableChange;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Asks the rules about each changed row, and passes on what they say if it is something else than
 * before.
 */
final class RowRulesProcessor<R>
    extends ContextualProcessor<byte[], TableChange<R>, byte[], Observation> {
  private final List<RowRule<R>> rules;
  private final Function<R, String> rowKey;

  RowRulesProcessor(List<RowRule<R>> rules, Function<R, String> rowKey) {
    this.rules = rules;
    this.rowKey = rowKey;
  }

  @Override
  public void process(Record<byte[], TableChange<R>> record) {
    TableChange<R> change = record.value();
    String key = rowKey.apply(change.after() == null ? change.before() : change.after());
    for (RowRule<R> rule : rules) {
      String before = change.before() == null ? null : rule.violation(change.before());
      String after = change.after() == null ? null : rule.violation(change.after());
      if (!Objects.equals(before, after)) {
        context()
            .forward(
                record.withValue(
                    new Observation(rule.name(), key, after, change.position().lsn())));
      }
    }
  }
}
