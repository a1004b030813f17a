package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.OrderLogComparison.Emails;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Compares results with their definitions, run over the mirrors in one snapshot of the target.
 *
 * <p>A result and the mirrors that it is made of are true to the same commit at every moment. So
 * this comparison is exact however busy the source is; that the mirrors equal the source is the
 * concern of {@link MirrorComparison}.
 */
final class ResultsInTarget {

  private final Side target;
  private final int shown;

  ResultsInTarget(Side target, int shown) {
    this.target = target;
    this.shown = shown;
  }

  /** A result with the schema that its table is in. */
  private record Placed(ExpectedResult result, String schema) {}

  /**
   * A check for each result whose table is in the target.
   *
   * @param mirrors tells in which schemas mirrors are
   * @param results their definitions
   */
  List<TableCheck> checks(List<ComparedMirror> mirrors, List<ExpectedResult> results)
      throws SQLException {
    List<String> schemas =
        List.copyOf(
            new TreeSet<>(
                mirrors.stream()
                    .filter(ComparedMirror::wholeTransactions)
                    .map(mirror -> mirror.target().schema())
                    .toList()));
    List<Placed> placed =
        target.read(
            snapshot -> {
              List<Placed> found = new ArrayList<>();
              for (ExpectedResult result : results) {
                schemaOf(snapshot, result.table())
                    .ifPresent(schema -> found.add(new Placed(result, schema)));
              }
              return found;
            });
    List<ExpectedResult> all = target.read(ExpectedResult::readCatalogue);
    List<TableCheck> checks = new ArrayList<>();
    for (Placed one : placed) {
      checks.add(new ResultCheck(one, new Oracles(all), schemas));
    }
    return checks;
  }

  /** The schema that a result's table is in; empty if it is in none. */
  static Optional<String> schemaOf(Connection target, String table) throws SQLException {
    return Query.of(
            "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"
                + " c.relname = ? AND c.relkind IN ('r', 'p') AND n.nspname NOT IN ('cdc',"
                + " 'streamed') AND NOT EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = c.oid"
                + " AND p.attname = '_cdc_position') ORDER BY n.nspname <> 'analytics', 1 LIMIT 1",
            table)
        .first(target, row -> row.getString(1));
  }

  private final class ResultCheck implements TableCheck {
    private final Placed placed;
    private final Oracles oracles;
    private final List<String> mirrorSchemas;
    private Verdict verdict;

    private ResultCheck(Placed placed, Oracles oracles, List<String> mirrorSchemas) {
      this.placed = placed;
      this.oracles = oracles;
      this.mirrorSchemas = mirrorSchemas;
      this.verdict = Verdict.failed(table(), comparedWith(), "it was not compared yet");
    }

    @Override
    public String table() {
      return placed.schema()
          + "."
          + placed.result().table()
          + placed.result().rule().map(rule -> " " + rule).orElse("");
    }

    @Override
    public String comparedWith() {
      return placed.result().file() + " over the mirrors";
    }

    @Override
    public boolean next() throws SQLException {
      verdict =
          target.read(
              snapshot -> {
                searchIn(snapshot);
                Optional<Lsn> commit = TargetProgress.position(snapshot);
                ResultComparison comparison =
                    new ResultComparison(
                        snapshot, snapshot, placed.schema(), shown, Emails.AS_OF_COMMIT);
                comparison.compare(placed.result(), oracles);
                return summed(comparison, commit);
              });
      return false;
    }

    private void searchIn(Connection snapshot) throws SQLException {
      List<String> path = new ArrayList<>(List.of(RowLayout.quoted(placed.schema())));
      mirrorSchemas.forEach(schema -> path.add(RowLayout.quoted(schema)));
      path.add("cdc");
      Query.of("SET LOCAL search_path = " + String.join(", ", path)).run(snapshot);
    }

    private Verdict summed(ResultComparison comparison, Optional<Lsn> commit) {
      List<RowDifference> first =
          comparison.tables().stream()
              .flatMap(table -> table.first().stream())
              .limit(shown)
              .toList();
      long rows = comparison.tables().stream().mapToLong(TableComparison::rows).sum();
      long differences = comparison.tables().stream().mapToLong(TableComparison::differences).sum();
      return new Verdict(
          table(),
          comparedWith(),
          differences == 0 ? Verdict.State.EQUAL : Verdict.State.DIFFERENT,
          rows,
          differences,
          0,
          commit,
          first,
          comparison.notCompared().stream().findFirst());
    }

    @Override
    public Verdict verdict() {
      return verdict;
    }
  }
}
