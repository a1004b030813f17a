package dev.cdcpipeline.app.reconcile;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Counts rows and differences, and keeps the first differences. */
final class DifferenceCount {

  private final int kept;
  private final List<RowDifference> first = new ArrayList<>();
  private long rows;
  private long differences;

  /**
   * @param kept how many differences are kept to be shown
   */
  DifferenceCount(int kept) {
    this.kept = kept;
  }

  void same() {
    rows++;
  }

  void differs(Supplier<RowDifference> difference) {
    rows++;
    differences++;
    if (first.size() < kept) {
      first.add(difference.get());
    }
  }

  TableComparison as(String name, String compared) {
    return new TableComparison(name, compared, rows, differences, first);
  }
}
