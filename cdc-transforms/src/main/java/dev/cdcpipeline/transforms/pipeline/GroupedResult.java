package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.transforms.aggregate.Aggregation;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableDefinition;
import java.util.function.Function;

/**
 * What a grouped result is.
 *
 * @param name of the result: nodes, stores and internal topics are named after it
 * @param keyType of the group keys; where a table is joined, its canonical keys are the same bytes
 * @param aggregation over the rows of a group
 * @param join which groups have a row
 * @param joined the table whose row under the group's key is joined, null if none is
 * @param topicKey the key under which a group's row is written
 * @param row what makes a row of the result
 */
record GroupedResult<R, G, J, K, V>(
    String name,
    ValueType<G> keyType,
    Aggregation<R> aggregation,
    Join join,
    TableDefinition<J> joined,
    Function<G, K> topicKey,
    RowFunction<G, J, V> row) {

  enum Join {
    /** No table is joined; groups with rows. */
    NONE,
    /** Groups with rows, the joined row may be null. */
    LEFT,
    /** One row for each row of the joined table; its group may be empty. */
    RIGHT
  }

  String groupStore() {
    return name + "-groups";
  }

  String indexStore() {
    return name + "-index";
  }

  String tableStore() {
    return name + "-table";
  }
}
