package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.Aggregation;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableDefinition;
import dev.cdcpipeline.transforms.pipeline.GroupedResult.Join;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.streams.kstream.KStream;

/**
 * A result being built: rows and how they are grouped, perhaps joined with another table.
 *
 * @param <R> the rows that are grouped
 * @param <G> the group key
 * @param <J> a row of the joined table, {@link Void} if none is joined
 */
public final class Grouping<R, G, J> {
  private final Pipeline pipeline;
  private final Changes<R> rows;
  private final String result;
  private final ValueType<G> keyType;
  private final Function<? super R, ? extends G> groupBy;
  private final Join join;
  private final Table<J> joined;

  Grouping(
      Pipeline pipeline,
      Changes<R> rows,
      String result,
      ValueType<G> keyType,
      Function<? super R, ? extends G> groupBy,
      Join join,
      Table<J> joined) {
    this.pipeline = pipeline;
    this.rows = rows;
    this.result = result;
    this.keyType = keyType;
    this.groupBy = groupBy;
    this.join = join;
    this.joined = joined;
  }

  /**
   * Joins the row of a table whose primary key is the group key. A group has a row of the result
   * whether or not the table has one.
   *
   * @throws IllegalArgumentException if the table's key is of another type
   */
  public <T> Grouping<R, G, T> leftJoin(Table<T> table) {
    return join(Join.LEFT, table);
  }

  /**
   * Joins the row of a table whose primary key is the group key. Each row of the table has a row of
   * the result, even if its group is empty; a group without a row in the table has none.
   *
   * @throws IllegalArgumentException if the table's key is of another type
   */
  public <T> Grouping<R, G, T> rightJoin(Table<T> table) {
    return join(Join.RIGHT, table);
  }

  private <T> Grouping<R, G, T> join(Join how, Table<T> table) {
    table.definition().requireKey(keyType);
    return new Grouping<>(pipeline, rows, result, keyType, groupBy, how, table);
  }

  /** The aggregates over the rows of a group; their order is part of the stored state. */
  @SafeVarargs
  @SuppressWarnings("varargs") // the array goes no further than List.of
  public final Aggregated aggregate(Aggregate<R, ?, ?>... aggregates) {
    return new Aggregated(new Aggregation<>(List.of(aggregates)));
  }

  /** A result that only needs a topic. */
  public final class Aggregated {
    private final Aggregation<R> aggregation;

    private Aggregated(Aggregation<R> aggregation) {
      this.aggregation = aggregation;
    }

    /**
     * Writes the result to its topic: an upsert when a row changed, a tombstone when it is gone,
     * nothing when it is as it was; all changes of a group's rows in one commit make one record.
     *
     * @param key the key of a group's records
     * @param row the value
     */
    public <K, V> void to(ResultTopic<K, V> topic, Function<G, K> key, RowFunction<G, J, V> row) {
      pipeline.to(topic, result, stream(key, row));
    }

    /**
     * The rows of the result that change, null for one that is gone, for processors of one's own:
     * as they are at a commit, and after each change of a joined row.
     *
     * @param key the key of a group's records
     * @param row the value
     */
    public <K, V> KStream<K, V> stream(Function<G, K> key, RowFunction<G, J, V> row) {
      TableDefinition<J> definition = joined == null ? null : joined.definition();
      return pipeline.add(
          new GroupedResult<>(result, keyType, aggregation, join, definition, key, row),
          rows.stream(),
          groupBy,
          joined == null ? null : joined.stream());
    }
  }
}
