package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.model.event.Lsn;
import java.util.List;
import java.util.Optional;

/**
 * What comparing one table in the background found.
 *
 * @param table the table in the target, with its schema
 * @param comparedWith what it was compared with: the source table, or a result's definition
 * @param state whether it is equal
 * @param rows rows compared
 * @param differences rows that differ for good
 * @param undecided rows that were written during each look at them
 * @param commit the source commit that the target had reached when the comparison began: every row
 *     was compared as of this commit or a later one; empty where there is none
 * @param first the first rows that differ: what is wrong, key and columns, without other values
 * @param problem why it could not be compared, or what else is wrong; empty if nothing
 */
record Verdict(
    String table,
    String comparedWith,
    State state,
    long rows,
    long differences,
    long undecided,
    Optional<Lsn> commit,
    List<RowDifference> first,
    Optional<String> problem) {

  Verdict {
    first = List.copyOf(first);
  }

  /** Whether a table is equal. */
  enum State {
    EQUAL,
    DIFFERENT,
    /** It could not be compared. */
    FAILED;

    String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** The same with what else is wrong. */
  Verdict with(List<String> problems) {
    return problems.isEmpty()
        ? this
        : new Verdict(
            table,
            comparedWith,
            state,
            rows,
            differences,
            undecided,
            commit,
            first,
            Optional.of(String.join("; ", problems)));
  }

  /** The same for people. */
  TableComparison asComparison() {
    return state == State.FAILED
        ? TableComparison.failed(table, problem.orElse(comparedWith))
        : new TableComparison(table, comparedWith, rows, differences, first);
  }

  static Verdict failed(String table, String comparedWith, String problem) {
    return new Verdict(
        table,
        comparedWith,
        State.FAILED,
        0,
        0,
        0,
        Optional.empty(),
        List.of(),
        Optional.of(problem));
  }
}
