package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableChange;
import java.util.function.Function;
import org.apache.kafka.streams.kstream.KStream;

/**
 * Changes of rows, each with the row before and after: of a source table, or of something derived
 * from it by a processor of one's own.
 *
 * @param <R> the rows
 */
public class Changes<R> {
  private final Pipeline pipeline;
  private final KStream<byte[], TableChange<R>> stream;

  Changes(Pipeline pipeline, KStream<byte[], TableChange<R>> stream) {
    this.pipeline = pipeline;
    this.stream = stream;
  }

  /** The changes under the canonical keys of their rows, for processors of one's own. */
  public KStream<byte[], TableChange<R>> stream() {
    return stream;
  }

  /**
   * Begins a result: one row for each group of rows with the same key.
   *
   * @param result name of the result; nodes, stores and internal topics are named after it
   * @param key the group of a row; a row whose key is null belongs to no group
   */
  public <G> Grouping<R, G, Void> groupBy(
      String result, ValueType<G> keyType, Function<? super R, ? extends G> key) {
    return new Grouping<>(pipeline, this, result, keyType, key, GroupedResult.Join.NONE, null);
  }
}
