package dev.cdcpipeline.app.reconcile;

import java.util.List;

/**
 * What comparing one table of the target found.
 *
 * @param name the table in the target, with its schema
 * @param compared what it was compared with
 * @param rows how many rows were compared: those of both sides, each key once
 * @param differences how many of them are not the same
 * @param first the first of them
 */
public record TableComparison(
    String name, String compared, long rows, long differences, List<RowDifference> first) {

  public TableComparison {
    first = List.copyOf(first);
  }

  /** A table that could not be compared at all counts as one difference. */
  static TableComparison failed(String name, String why) {
    return new TableComparison(name, why, 0, 1, List.of());
  }
}
