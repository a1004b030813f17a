package dev.cdcpipeline.sink.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A definition checked against the database: its columns with the types of the target table.
 *
 * @param schema the result's schema
 * @param columns the table's columns in order: the SELECT's, then those only {@code measures} has
 * @param selected names of the columns that the SELECT gives
 * @param measured names of the columns that {@code measures} gives; empty without it
 * @param relations the tables the SELECT reads, by unqualified name
 */
record ResultShape(
    ResultDefinition definition,
    String schema,
    List<ResultColumn> columns,
    List<String> selected,
    List<String> measured,
    Map<String, Relation> relations) {

  /** A column of the result's table; the type is ready for SQL. */
  record ResultColumn(String name, String type) {}

  String name() {
    return definition.name();
  }

  /** The table, ready for SQL. */
  String table() {
    return Sql.quote(schema, definition.target());
  }

  List<String> names() {
    return columns.stream().map(ResultColumn::name).toList();
  }

  List<String> key() {
    return definition.key();
  }

  /** Columns that are no part of the key. */
  List<String> values() {
    return names().stream().filter(c -> !key().contains(c)).toList();
  }

  /** Columns that {@code measures} gives and the SELECT does not. */
  List<String> hidden() {
    return measured.stream().filter(c -> !selected.contains(c)).toList();
  }

  /** Columns that no difference touches: they follow from the key. */
  List<String> carried() {
    return values().stream()
        .filter(c -> !definition.additive().contains(c))
        .filter(c -> !definition.greatest().contains(c) && !definition.least().contains(c))
        .filter(c -> !definition.derived().containsKey(c))
        .toList();
  }

  String type(String column) {
    return columns.stream()
        .filter(c -> c.name().equals(column))
        .map(ResultColumn::type)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("result " + name() + " has no column " + column));
  }

  /** {@code n."a"::type, …} for all columns. */
  String cast(String alias) {
    return Sql.each(names(), ", ", c -> alias + "." + Sql.quote(c) + "::" + type(c));
  }

  /** Whether the table has a column {@code source_lsn} of ours beside the SELECT's. */
  boolean ownsLsn() {
    return !names().contains("source_lsn");
  }

  /** The result as other SELECTs read it. */
  Relation asRelation() {
    if (definition.kind() != ResultKind.LOG) {
      return new Relation(definition.target(), table(), names(), key());
    }
    List<String> all = new ArrayList<>(List.of(definition.identity()));
    all.addAll(names());
    return new Relation(definition.target(), table(), all, List.of(definition.identity()));
  }

  /** The rows of all groups: the SELECT, with the columns that only {@code measures} has. */
  String full() {
    if (hidden().isEmpty()) {
      return "SELECT " + Sql.list("q", names()) + " FROM (" + definition.select() + "\n) q";
    }
    return "SELECT "
        + Sql.list("q", selected)
        + ", "
        + hiddenColumns()
        + " FROM ("
        + definition.select()
        + "\n) q LEFT JOIN ("
        + measures().orElseThrow()
        + "\n) m ON "
        + Sql.equal("q", "m", key());
  }

  /**
   * The rows of the groups in relation {@code k}, as a FROM item that gives {@code r}. OFFSET 0
   * keeps the planner from pulling the subquery up into a join with all groups; so the key goes
   * below GROUP BY and an index serves it.
   */
  String restricted() {
    String rows =
        "(SELECT * FROM (" + definition.select() + "\n) q WHERE " + pushed("q") + " OFFSET 0) q";
    if (hidden().isEmpty()) {
      return "CROSS JOIN LATERAL (SELECT " + Sql.list("q", names()) + " FROM " + rows + ") r";
    }
    return "CROSS JOIN LATERAL (SELECT "
        + Sql.list("q", selected)
        + ", "
        + hiddenColumns()
        + " FROM "
        + rows
        + " LEFT JOIN (SELECT * FROM ("
        + measures().orElseThrow()
        + "\n) m WHERE "
        + pushed("m")
        + " OFFSET 0) m ON true OFFSET 0) r";
  }

  private Optional<String> measures() {
    return definition.measures();
  }

  private String pushed(String alias) {
    return Sql.equal(alias, "k", key());
  }

  private String hiddenColumns() {
    return Sql.each(
        hidden(),
        ", ",
        c ->
            definition.additive().contains(c)
                ? "coalesce(m." + Sql.quote(c) + ", 0) AS " + Sql.quote(c)
                : "m." + Sql.quote(c));
  }
}
