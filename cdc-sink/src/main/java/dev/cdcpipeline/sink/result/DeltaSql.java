package dev.cdcpipeline.sink.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Adds the difference that the changed rows make: the SELECT (or {@code measures}) is run over them
 * alone, once as they were and once as they are. A table expression of the driving table's name
 * hides the table itself from the SELECT.
 *
 * <p>Groups are computed anew where a difference is not enough: a row of another table changed, the
 * greatest or least value left, or the definition's {@code recompute} condition holds.
 */
final class DeltaSql {
  private final ResultShape shape;
  private final ResultDefinition definition;
  private final boolean feeds;
  private final boolean ownSelect;

  DeltaSql(ResultShape shape, boolean feeds) {
    this.shape = shape;
    this.definition = shape.definition();
    this.feeds = feeds;
    this.ownSelect = definition.measures().isEmpty();
  }

  String statement(Map<String, TouchedTable> touched) {
    TouchedTable over = touched.get(definition.over().orElseThrow());
    boolean others = definition.affected().stream().anyMatch(a -> touched.containsKey(a.table()));
    if (over == null) {
      return "WITH k AS ("
          + MaintenanceSql.affectedKeys(shape, touched)
          + "), n AS (SELECT r.* FROM k "
          + shape.restricted()
          + ")"
          + Upsert.differing(shape, feeds, "k");
    }
    StringBuilder sql = new StringBuilder("WITH ");
    if (!definition.slice().isEmpty()) {
      unchanged(over, sql);
    }
    sql.append("d AS (").append(differences(over)).append("), v AS (").append(values());
    boolean recomputes =
        others || !ownSelect || !extremes().isEmpty() || definition.recompute().isPresent();
    if (recomputes) {
      sql.append("), k AS (").append(recomputed(touched, others));
      sql.append("), n AS (SELECT r.* FROM k ").append(shape.restricted());
      sql.append(" UNION ALL SELECT ").append(newRow());
      sql.append(" FROM v WHERE NOT EXISTS (SELECT FROM k WHERE ");
      sql.append(Sql.equal("k", "v", shape.key())).append(")");
    } else {
      sql.append("), n AS (SELECT ").append(newRow()).append(" FROM v WHERE true");
    }
    definition.count().ifPresent(c -> sql.append(" AND v.").append(Sql.quote(c)).append(" <> 0"));
    sql.append("), touched AS (").append(touchedKeys(recomputes)).append(")");
    return sql.append(Upsert.differing(shape, feeds, "touched")).toString();
  }

  /**
   * The keys whose rows may be gone. Most differences leave their group in place; results built on
   * this one need to know of those too.
   */
  private String touchedKeys(boolean recomputes) {
    String key = Sql.list(shape.key());
    String gone = "SELECT " + key + " FROM v";
    if (!feeds) {
      gone += definition.count().map(c -> " WHERE " + Sql.quote(c) + " = 0").orElse(" WHERE false");
    }
    return recomputes ? gone + " UNION ALL SELECT " + key + " FROM k" : gone;
  }

  /**
   * Rows of the driving table that share a slice with a changed row and are not changed. OFFSET 0
   * makes it a lookup for each slice: the planner, who takes the slices for thousands, would read
   * the whole table for them.
   */
  private void unchanged(TouchedTable over, StringBuilder sql) {
    String slice = Sql.list(definition.slice());
    sql.append("slice AS (SELECT ").append(slice).append(" FROM ").append(over.newRows());
    sql.append(" UNION SELECT ").append(slice).append(" FROM ").append(over.oldRows());
    sql.append("), unchanged AS (SELECT m.* FROM slice s CROSS JOIN LATERAL (SELECT ");
    sql.append(Sql.list("m", over.columns())).append(" FROM ").append(over.table());
    sql.append(" m WHERE ").append(Sql.equal("m", "s", definition.slice()));
    sql.append(" OFFSET 0) m WHERE NOT EXISTS (SELECT FROM ");
    sql.append(over.newRows()).append(" c WHERE ").append(Sql.equal("c", "m", over.keyColumns()));
    sql.append(")), ");
  }

  private String slice(TouchedTable over, String changed) {
    String columns = Sql.list(over.columns());
    return "(WITH "
        + Sql.quote(over.name())
        + " AS (SELECT "
        + columns
        + " FROM "
        + changed
        + (definition.slice().isEmpty() ? "" : " UNION ALL SELECT " + columns + " FROM unchanged")
        + ") "
        + definition.measures().orElse(definition.select())
        + "\n)";
  }

  private String differences(TouchedTable over) {
    List<String> additive = definition.additive();
    List<String> extreme = extremes();
    List<String> carried = ownSelect ? shape.carried() : List.of();
    List<String> columns = new ArrayList<>();
    shape.key().forEach(c -> columns.add("u." + Sql.quote(c)));
    additive.forEach(c -> columns.add("coalesce(sum(u.%1$s), 0) AS %1$s".formatted(Sql.quote(c))));
    extreme.forEach(
        c -> {
          String best = definition.greatest().contains(c) ? "max" : "min";
          columns.add(best + "(u." + after(c) + ") AS " + after(c));
          columns.add(best + "(u." + before(c) + ") AS " + before(c));
        });
    carried.forEach(
        c ->
            columns.add(
                "(array_agg(u.%1$s) FILTER (WHERE is_after))[1] AS %1$s".formatted(Sql.quote(c))));
    columns.add("bool_or(is_after) AS has_after");
    Stream<String> changed =
        Stream.of(
                Stream.of("NOT bool_or(is_after)", "bool_and(is_after)"),
                additive.stream().map(c -> "coalesce(sum(u." + Sql.quote(c) + "), 0) <> 0"),
                extreme.stream()
                    .map(c -> "max(u." + after(c) + ") IS DISTINCT FROM max(u." + before(c) + ")"))
            .flatMap(s -> s);
    return "SELECT "
        + String.join(", ", columns)
        + " FROM ("
        + side(over, true, additive, extreme, carried)
        + " UNION ALL "
        + side(over, false, additive, extreme, carried)
        + ") u WHERE "
        + Sql.notNull("u", shape.key())
        + " GROUP BY "
        + Sql.list("u", shape.key())
        + " HAVING "
        + String.join(" OR ", changed.toList());
  }

  private String side(
      TouchedTable over,
      boolean isAfter,
      List<String> additive,
      List<String> extreme,
      List<String> carried) {
    List<String> columns = new ArrayList<>();
    shape.key().forEach(c -> columns.add("s." + Sql.quote(c)));
    additive.forEach(
        c -> columns.add((isAfter ? "s." : "-s.") + Sql.quote(c) + " AS " + Sql.quote(c)));
    extreme.forEach(
        c -> {
          String value = "s." + Sql.quote(c);
          columns.add((isAfter ? value : "NULL") + " AS " + after(c));
          columns.add((isAfter ? "NULL" : value) + " AS " + before(c));
        });
    carried.forEach(c -> columns.add("s." + Sql.quote(c)));
    columns.add(isAfter + " AS is_after");
    return "SELECT "
        + String.join(", ", columns)
        + " FROM "
        + slice(over, isAfter ? over.newRows() : over.oldRows())
        + " s";
  }

  /** The new values of the groups with a difference, beside what the table holds. */
  private String values() {
    List<String> columns = new ArrayList<>();
    shape.key().forEach(c -> columns.add("d." + Sql.quote(c)));
    definition
        .additive()
        .forEach(c -> columns.add("coalesce(t.%1$s, 0) + d.%1$s AS %1$s".formatted(Sql.quote(c))));
    List<String> lost = new ArrayList<>();
    for (String c : extremes()) {
      boolean greatest = definition.greatest().contains(c);
      String t = "t." + Sql.quote(c);
      columns.add(
          (greatest ? "greatest(" : "least(") + t + ", d." + after(c) + ") AS " + Sql.quote(c));
      lost.add(
          "(d.%2$s IS NOT NULL AND d.%2$s IS NOT DISTINCT FROM %3$s AND (d.%1$s IS NULL OR d.%1$s %4$s d.%2$s))"
              .formatted(after(c), before(c), t, greatest ? "<" : ">"));
    }
    for (String c : shape.carried()) {
      columns.add(
          ownSelect
              ? "CASE WHEN d.has_after THEN d.%1$s ELSE t.%1$s END AS %1$s".formatted(Sql.quote(c))
              : "t." + Sql.quote(c));
    }
    columns.add((lost.isEmpty() ? "false" : String.join(" OR ", lost)) + " AS _lost");
    columns.add("t." + Sql.quote(shape.key().get(0)) + " IS NOT NULL AS _known");
    return "SELECT "
        + String.join(", ", columns)
        + " FROM d LEFT JOIN "
        + shape.table()
        + " t ON "
        + Sql.equal("t", "d", shape.key());
  }

  private String recomputed(Map<String, TouchedTable> touched, boolean others) {
    List<String> conditions = new ArrayList<>();
    conditions.add("_lost");
    definition.recompute().ifPresent(c -> conditions.add("(" + c + ")"));
    if (!ownSelect) {
      // measures knows nothing of the columns that come from other tables
      conditions.add("NOT _known");
    }
    String lost =
        "SELECT " + Sql.list(shape.key()) + " FROM v WHERE " + String.join(" OR ", conditions);
    return others ? MaintenanceSql.affectedKeys(shape, touched) + " UNION " + lost : lost;
  }

  private String newRow() {
    return Sql.each(
        shape.names(),
        ", ",
        c ->
            definition.derived().containsKey(c)
                ? "(" + definition.derived().get(c) + ") AS " + Sql.quote(c)
                : "v." + Sql.quote(c));
  }

  private List<String> extremes() {
    return Stream.concat(definition.greatest().stream(), definition.least().stream()).toList();
  }

  private static String after(String column) {
    return Sql.quote("_after_" + column);
  }

  private static String before(String column) {
    return Sql.quote("_before_" + column);
  }
}
