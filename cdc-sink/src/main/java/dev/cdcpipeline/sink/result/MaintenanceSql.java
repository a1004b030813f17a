package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultDefinition.Affected;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The statements that bring a result from one flush to the next: for each kind one, chosen by the
 * tables the flush touches. Their text depends on nothing else, so they can be prepared.
 */
final class MaintenanceSql {
  private final ResultShape shape;
  private final ResultOptions options;
  private final boolean feeds;

  /**
   * @param feeds whether other results are built on this one, so that its changed rows must be kept
   */
  MaintenanceSql(ResultShape shape, ResultOptions options, boolean feeds) {
    this.shape = shape;
    this.options = options;
    this.feeds = feeds;
  }

  /** The statements for a flush that touched these tables, by name. */
  List<String> statements(Map<String, TouchedTable> touched) {
    ResultDefinition d = shape.definition();
    List<String> statements = new ArrayList<>();
    switch (d.kind()) {
      case REFRESH -> statements.add(refresh(touched));
      case DELTA -> statements.add(new DeltaSql(shape, feeds).statement(touched));
      case LOG -> {
        if (touched.containsKey(d.over().orElseThrow())) {
          statements.add(new LogSql(shape, feeds).append(touched));
        }
      }
      case VIOLATIONS -> {
        if (d.affected().stream().anyMatch(a -> touched.containsKey(a.table()))) {
          statements.add(new ViolationSql(shape, options).judge(touched));
        }
      }
    }
    return statements;
  }

  /** What must run in every flush, whatever it touches. */
  List<String> always() {
    return shape.definition().grace().isZero()
        ? List.of()
        : List.of(new ViolationSql(shape, options).surface());
  }

  /** Compares all groups with the SELECT and writes what differs. */
  String recomputeAll() {
    return switch (shape.definition().kind()) {
      case REFRESH, DELTA ->
          "WITH n AS MATERIALIZED (SELECT * FROM ("
              + shape.full()
              + ") f WHERE "
              + Sql.notNull("f", shape.key())
              + ")"
              + Upsert.differing(shape, feeds, null);
      case VIOLATIONS -> new ViolationSql(shape, options).judgeAll();
      case LOG -> throw new IllegalStateException("a log is not recomputed: " + shape.name());
    };
  }

  private String refresh(Map<String, TouchedTable> touched) {
    return "WITH k AS ("
        + affectedKeys(shape, touched)
        + "), n AS (SELECT r.* FROM k "
        + shape.restricted()
        + ")"
        + Upsert.differing(shape, feeds, "k");
  }

  /** The distinct keys that the changed rows of these tables touch, named as the key. */
  static String affectedKeys(ResultShape shape, Map<String, TouchedTable> touched) {
    List<String> key = shape.key();
    List<String> parts = new ArrayList<>();
    for (Affected affected : shape.definition().affected()) {
      TouchedTable table = touched.get(affected.table());
      if (table != null) {
        parts.add(
            affected
                .select()
                .map(
                    select ->
                        "SELECT * FROM (WITH "
                            + Sql.quote("changed_" + table.name())
                            + " AS "
                            + table.bothRows()
                            + " "
                            + select
                            + "\n) a")
                .orElseGet(
                    () ->
                        "SELECT "
                            + Sql.list(affected.columns())
                            + " FROM "
                            + table.bothRows()
                            + " a"));
      }
    }
    return "SELECT DISTINCT * FROM ("
        + String.join(" UNION ALL ", parts)
        + ") u("
        + Sql.list(key)
        + ") WHERE "
        + Sql.notNull("u", key);
  }
}
