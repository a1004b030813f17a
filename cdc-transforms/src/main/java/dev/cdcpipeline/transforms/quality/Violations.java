package dev.cdcpipeline.transforms.quality;

import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.Table;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * From the rows of a table to the rules that they break: {@link #observe} asks rules of single
 * rows, {@link #keep} remembers which rows are in violation. Observations of rules that need more
 * than one row come from processors of one's own and are merged in between.
 */
public final class Violations {

  /**
   * Asks the rules about each changed row.
   *
   * @param rowKey the text that names a row
   * @return what the rules say, wherever it is something else than before the change
   */
  public static <R> KStream<byte[], Observation> observe(
      Table<R> rows, List<RowRule<R>> rules, Function<R, String> rowKey) {
    return rows.stream()
        .process(
            () -> new RowRulesProcessor<>(rules, rowKey),
            Named.as(rows.definition().table() + "-rules"));
  }

  /**
   * Keeps the violations of one table, in a store that is named after it.
   *
   * @param graces how long each rule may be broken before it is a violation; at once if it is not
   *     named
   * @param progress tells when a grace period is over
   * @param record makes a record for a topic of each violation that is opened, changed or resolved
   */
  public static <K, V> KStream<K, V> keep(
      Pipeline pipeline,
      String table,
      KStream<byte[], Observation> observations,
      Map<String, Duration> graces,
      ReadProgress progress,
      Function<BrokenRule, KeyValue<K, V>> record) {
    String store = table + "-violations";
    pipeline.addStore(store, false);
    return observations.process(
        () -> new ViolationProcessor<>(table, store, graces, progress, record),
        Named.as(table + "-violations-kept"),
        store);
  }

  private Violations() {}
}
