package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.RowDifference.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Compares two queries, one on each side, by walking both in the order of the key. */
final class RowComparison {

  private final Connection source;
  private final Connection target;
  private final int shown;

  RowComparison(Connection source, Connection target, int shown) {
    this.source = source;
    this.target = target;
    this.shown = shown;
  }

  /**
   * One comparison.
   *
   * @param name the table in the target
   * @param compared what it is compared with, in words
   * @param sourceQuery gives the rows that must be there; each of its columns is compared
   * @param targetQuery gives the rows that are there
   * @param key the columns that match rows; if empty, all of them
   * @param missingAllowed whether the target may lack rows
   */
  record Task(
      String name,
      String compared,
      String sourceQuery,
      String targetQuery,
      List<String> key,
      boolean missingAllowed) {}

  /** Runs a comparison whose oracle is read from the source. */
  TableComparison compare(Task task) throws SQLException {
    return compare(task, source);
  }

  /** Runs a comparison whose oracle is read from the target itself. */
  TableComparison compareWithinTarget(Task task) throws SQLException {
    return compare(task, target);
  }

  private TableComparison compare(Task task, Connection oracle) throws SQLException {
    List<SortedRows.Column> expected = SortedRows.columns(oracle, task.sourceQuery());
    List<SortedRows.Column> found = SortedRows.columns(target, task.targetQuery());
    List<String> lacking = new ArrayList<>(expected.stream().map(SortedRows.Column::name).toList());
    lacking.removeAll(found.stream().map(SortedRows.Column::name).toList());
    if (!lacking.isEmpty()) {
      return TableComparison.failed(task.name(), "the target lacks " + lacking);
    }
    List<String> key =
        task.key().isEmpty() ? expected.stream().map(SortedRows.Column::name).toList() : task.key();
    RowLayout layout = RowLayout.of(expected, found, key);
    DifferenceCount count = new DifferenceCount(shown);
    try (SortedRows wanted = SortedRows.open(oracle, task.sourceQuery(), layout);
        SortedRows there = SortedRows.open(target, task.targetQuery(), layout)) {
      walk(wanted, there, layout, task.missingAllowed(), count);
    }
    return count.as(task.name(), task.compared());
  }

  private static void walk(
      SortedRows wanted,
      SortedRows there,
      RowLayout layout,
      boolean missingAllowed,
      DifferenceCount count)
      throws SQLException {
    wanted.next();
    there.next();
    while (wanted.row() != null || there.row() != null) {
      String[] source = wanted.row();
      String[] target = there.row();
      int order = source == null ? 1 : target == null ? -1 : layout.compareKeys(source, target);
      if (order < 0) {
        if (missingAllowed) {
          count.same();
        } else {
          count.differs(() -> layout.oneSided(Kind.MISSING, source));
        }
        wanted.next();
      } else if (order > 0) {
        count.differs(() -> layout.oneSided(Kind.UNEXPECTED, target));
        there.next();
      } else {
        if (layout.sameValues(source, target)) {
          count.same();
        } else {
          count.differs(
              () -> new RowDifference(Kind.DIFFERENT, layout.differingCells(source, target)));
        }
        wanted.next();
        there.next();
      }
    }
  }
}
