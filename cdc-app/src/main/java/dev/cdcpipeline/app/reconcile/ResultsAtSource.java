package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.OrderLogComparison.Emails;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares results with their definitions, run on the source.
 *
 * <p>While the source is written to, a definition gives something else a moment later. So rows that
 * differ are looked at again, in new snapshots: those that differ in the same way, with the same
 * values on both sides, differed at the commits between the looks. A row that two values take turns
 * in may do so more than once, and hardly each time. If there are none but others, the definition
 * is run over the mirrors, in the target's own snapshot, which is exact.
 */
final class ResultsAtSource {

  /** Differing rows of a look that are compared with those of the next. */
  private static final int REMEMBERED = 10_000;

  /** A row that comes and goes was there in three looks in a row, on a slow machine. */
  private static final int LOOKS_AGAIN = 5;

  private final Side source;
  private final Side target;
  private final Arrival arrival;
  private final List<ComparedMirror> mirrors;
  private final List<ExpectedResult> results;
  private final int shown;
  private final Set<String> sinks = new TreeSet<>();
  private final Set<String> schemas = new LinkedHashSet<>();
  private final Set<String> notCompared = new LinkedHashSet<>();

  /**
   * @param results all definitions, since one may read another's result
   * @param shown how many differing rows of each table are kept
   */
  ResultsAtSource(
      Side source,
      Side target,
      Arrival arrival,
      MirrorCatalog catalog,
      List<ExpectedResult> results,
      int shown) {
    this.source = source;
    this.target = target;
    this.arrival = arrival;
    this.mirrors = catalog.mirrors();
    this.results = results;
    this.shown = shown;
    schemas.add("public");
    for (ComparedMirror mirror : mirrors) {
      if (mirror.wholeTransactions()) {
        sinks.addAll(mirror.sinks());
        schemas.add(mirror.source().schema());
      }
    }
  }

  /** Results that cannot be compared, and why. */
  Set<String> notCompared() {
    return notCompared;
  }

  /**
   * Compares one result.
   *
   * @param schema that its table is in
   * @return what was found; the failure if it could not be compared
   */
  List<TableComparison> compare(ExpectedResult result, String schema) {
    String name = schema + "." + result.table();
    try {
      List<TableComparison> found = new ArrayList<>();
      List<TableComparison> looked = look(result, schema);
      for (int again = 0; again < LOOKS_AGAIN && differ(looked); again++) {
        looked = agreeing(looked, look(result, schema));
      }
      for (TableComparison one : looked) {
        found.add(shortened(one));
      }
      return isUndecided(found) ? inTarget(result) : found;
    } catch (SQLException e) {
      return List.of(TableComparison.failed(name, SqlFailures.describe(e)));
    } catch (ReconcileException e) {
      return List.of(TableComparison.failed(name, e.getMessage()));
    }
  }

  private List<TableComparison> look(ExpectedResult result, String schema) throws SQLException {
    return source.read(
        one -> {
          searchIn(one, schemas);
          arrival.await(sinks, Marker.endOfLog(one), () -> {});
          return target.read(
              other -> {
                searchIn(other, List.of(schema, "cdc"));
                ResultComparison comparison =
                    new ResultComparison(one, other, schema, REMEMBERED, Emails.AS_OF_COMMIT);
                comparison.compare(result, new Oracles(results));
                notCompared.addAll(comparison.notCompared());
                return comparison.tables();
              });
        });
  }

  /** The snapshot is taken by the first query, before the end of the log is read. */
  private static void searchIn(Connection snapshot, Iterable<String> schemas) throws SQLException {
    List<String> quoted = new ArrayList<>();
    schemas.forEach(schema -> quoted.add(RowLayout.quoted(schema)));
    Query.of("SET LOCAL search_path = " + String.join(", ", quoted)).run(snapshot);
    Query.of("SELECT 1").run(snapshot);
  }

  private static boolean differ(List<TableComparison> looked) {
    return looked.stream().anyMatch(table -> table.differences() > 0);
  }

  /** What both looks found: the second's counts, and of its differing rows those of the first. */
  private static List<TableComparison> agreeing(
      List<TableComparison> first, List<TableComparison> second) {
    List<TableComparison> agreeing = new ArrayList<>();
    for (int i = 0; i < second.size(); i++) {
      TableComparison one = second.get(i);
      Set<RowDifference> before = new LinkedHashSet<>(first.get(i).first());
      List<RowDifference> both = one.first().stream().filter(before::contains).toList();
      boolean all = one.first().size() < one.differences() && !both.isEmpty();
      agreeing.add(
          one.first().isEmpty()
              ? one
              : new TableComparison(
                  one.name(),
                  one.compared(),
                  one.rows(),
                  all ? one.differences() : both.size(),
                  both.isEmpty() ? one.first() : both));
    }
    return agreeing;
  }

  /** Whether rows differed in each look, but other rows, or in another way. */
  private static boolean isUndecided(List<TableComparison> found) {
    return found.stream().anyMatch(one -> one.differences() == 0 && !one.first().isEmpty())
        && !differ(found);
  }

  private List<TableComparison> inTarget(ExpectedResult result) throws SQLException {
    List<TableComparison> compared = new ArrayList<>();
    for (TableCheck check : new ResultsInTarget(target, shown).checks(mirrors, List.of(result))) {
      Verdict verdict = TableReconciliation.run(check);
      TableComparison one = verdict.asComparison();
      compared.add(
          new TableComparison(
              one.name(),
              "its definition over the mirrors: the source was written to meanwhile",
              one.rows(),
              one.differences(),
              one.first()));
    }
    return compared;
  }

  private TableComparison shortened(TableComparison one) {
    return new TableComparison(
        one.name(),
        one.compared(),
        one.rows(),
        one.differences(),
        one.first().stream().limit(shown).toList());
  }
}
