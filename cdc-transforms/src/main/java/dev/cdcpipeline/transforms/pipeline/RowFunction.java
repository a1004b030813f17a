package dev.cdcpipeline.transforms.pipeline;

/**
 * Makes a row of a result. A pure function: the same arguments give an equal row, which is how a
 * row that has not changed is told.
 *
 * @param <G> the group key
 * @param <J> a row of the joined table
 * @param <V> a row of the result, with {@code equals}
 */
@FunctionalInterface
public interface RowFunction<G, J, V> {

  /**
   * The row of one group.
   *
   * @param joined the joined row, null if there is none or no table is joined
   */
  V row(G key, J joined, GroupResults results);
}
