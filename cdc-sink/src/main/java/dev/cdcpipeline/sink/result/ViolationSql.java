package dev.cdcpipeline.sink.result;

import java.util.List;
import java.util.Map;

/**
 * Keeps what breaks a rule. The SELECT is run over the affected rows of the driving table alone: a
 * table expression of its name hides the table itself.
 *
 * <p>A rule with a grace period writes into the catalogue's {@code pending_violations} first, with
 * the commit time since when it is broken; once the commit clock has passed the grace, {@link
 * #surface()} moves the row to where readers see it.
 */
final class ViolationSql {
  private final ResultShape shape;
  private final ResultDefinition definition;
  private final String pending;
  private final String rule;
  private final String table;

  ViolationSql(ResultShape shape, ResultOptions options) {
    this.shape = shape;
    this.definition = shape.definition();
    this.pending = pendingTable(options);
    this.rule = Sql.literal(definition.rule().orElseThrow());
    this.table = Sql.literal(definition.over().orElseThrow());
  }

  static String pendingTable(ResultOptions options) {
    return Sql.quote(options.catalogueSchema(), "pending_violations");
  }

  /** The statement that judges the rows of the driving table which these changes touch. */
  String judge(Map<String, TouchedTable> touched) {
    Relation over = shape.relations().get(definition.over().orElseThrow());
    String rows =
        "SELECT q.* FROM (WITH "
            + Sql.quote(over.name())
            + " AS ("
            + judgedRows(over, touched)
            + ") "
            + definition.select()
            + "\n) q";
    return "WITH k AS ("
        + MaintenanceSql.affectedKeys(shape, touched)
        + "), judged AS (SELECT "
        + rowKey("k")
        + " AS row_key FROM k), n AS (SELECT "
        + rowKey("r")
        + " AS row_key, r.detail FROM ("
        + rows
        + ") r)"
        + write(true);
  }

  /** The rows of the driving table that these changes touch, as they are now. */
  private String judgedRows(Relation over, Map<String, TouchedTable> touched) {
    boolean others =
        definition.affected().stream()
            .anyMatch(a -> !a.table().equals(over.name()) && touched.containsKey(a.table()));
    if (others) {
      return "SELECT "
          + Sql.list("m", over.columns())
          + " FROM k JOIN "
          + over.table()
          + " m ON "
          + Sql.equal("k", shape.key(), "m", judgedBy());
    }
    TouchedTable own = touched.get(over.name());
    return "SELECT " + Sql.list(own.columns()) + " FROM " + own.newRows();
  }

  /** The statement that judges all rows. */
  String judgeAll() {
    return "WITH n AS MATERIALIZED (SELECT "
        + rowKey("q")
        + " AS row_key, q.detail FROM ("
        + definition.select()
        + "\n) q)"
        + write(false);
  }

  private String write(boolean judged) {
    if (definition.grace().isZero()) {
      return resolved(judged) + insert("n.row_key, n.detail, " + Sql.CLOCK, "n");
    }
    return resolved(judged)
        + (judged
            ? healed("forgotten_rows", pending)
                + ", forgotten AS (DELETE FROM "
                + pending
                + " t WHERE t.ctid = ANY (ARRAY(SELECT at FROM forgotten_rows)))"
            : ", forgotten AS (DELETE FROM "
                + pending
                + " t WHERE "
                + mine()
                + notBroken("t")
                + ")")
        + ", known AS (SELECT n.row_key, n.detail, t.detail AS former, t.at FROM n CROSS JOIN"
        + " LATERAL (SELECT t.detail, t.ctid AS at FROM "
        + shape.table()
        + " t WHERE "
        + mine()
        + " AND t.row_key = n.row_key AND t.resolved_at IS NULL OFFSET 0) t), open AS (UPDATE "
        + shape.table()
        + " t SET detail = n.detail"
        + stamp()
        + " FROM known n WHERE t.ctid = n.at AND n.detail IS DISTINCT FROM n.former) INSERT INTO "
        + pending
        + " AS t (rule, source_table, row_key, detail, since) SELECT "
        + rule
        + ", "
        + table
        + ", n.row_key, n.detail, "
        + Sql.CLOCK
        + " FROM n WHERE NOT EXISTS (SELECT FROM known WHERE known.row_key = n.row_key)"
        + " ON CONFLICT (rule, source_table, row_key) DO UPDATE SET detail = excluded.detail"
        + " WHERE t.detail IS DISTINCT FROM excluded.detail";
  }

  private String resolved(boolean judged) {
    String update = "UPDATE " + shape.table() + " t SET resolved_at = " + Sql.CLOCK + stamp();
    return judged
        ? healed("healed_rows", shape.table())
            + ", resolved AS ("
            + update
            + " WHERE t.ctid = ANY (ARRAY(SELECT at FROM healed_rows)) AND t.resolved_at IS NULL)"
        : ", resolved AS ("
            + update
            + " WHERE "
            + mine()
            + notBroken("t")
            + " AND t.resolved_at IS NULL)";
  }

  /**
   * Where the rows of judged keys that break the rule no more are: a lookup for each key, whatever
   * the planner thinks of how many rows a rule has.
   */
  private String healed(String name, String in) {
    return ", "
        + name
        + " AS (SELECT t.at FROM (SELECT row_key FROM judged EXCEPT SELECT row_key FROM n) j CROSS"
        + " JOIN LATERAL (SELECT t.ctid AS at FROM "
        + in
        + " t WHERE "
        + mine()
        + " AND t.row_key = j.row_key OFFSET 0) t)";
  }

  private static String notBroken(String alias) {
    return " AND NOT EXISTS (SELECT FROM n WHERE n.row_key = " + alias + ".row_key)";
  }

  private String mine() {
    return "t.rule = " + rule + " AND t.source_table = " + table;
  }

  /** The statement that shows what has broken the rule for the grace period. */
  String surface() {
    return "WITH due AS (DELETE FROM "
        + pending
        + " p WHERE p.rule = "
        + rule
        + " AND p.source_table = "
        + table
        + " AND p.since <= "
        + Sql.CLOCK
        + " - interval '"
        + definition.grace().toMillis()
        + " ms' RETURNING p.row_key, p.detail, p.since)"
        + insert("due.row_key, due.detail, due.since", "due");
  }

  private String insert(String columns, String from) {
    return " INSERT INTO "
        + shape.table()
        + " AS t (rule, source_table, row_key, detail, detected_at, updated_at, source_lsn) SELECT "
        + rule
        + ", "
        + table
        + ", "
        + columns
        + ", now(), "
        + Sql.LSN
        + " FROM "
        + from
        + " ON CONFLICT (rule, source_table, row_key) DO UPDATE SET detail = excluded.detail,"
        + " resolved_at = NULL, updated_at = excluded.updated_at, source_lsn = excluded.source_lsn"
        + " WHERE t.resolved_at IS NOT NULL OR t.detail IS DISTINCT FROM excluded.detail";
  }

  /** The columns of the driving table that hold the key. */
  private List<String> judgedBy() {
    return definition.affectedBy(definition.over().orElseThrow()).get(0).columns();
  }

  private static String stamp() {
    return ", updated_at = now(), source_lsn = " + Sql.LSN;
  }

  private String rowKey(String alias) {
    return "concat_ws(',', " + Sql.list(alias, shape.key()) + ")";
  }
}
