package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.ResultDefinition.Lookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Appends one row per change. The SELECT sees the driving table as its changes, one row each, and
 * every lookup as one row per change: the version that was true when the change's transaction had
 * committed. Both have {@code _cdc_ordinal}, on which it joins them.
 */
final class LogSql {
  private final ResultShape shape;
  private final ResultDefinition definition;
  private final boolean feeds;

  LogSql(ResultShape shape, boolean feeds) {
    this.shape = shape;
    this.definition = shape.definition();
    this.feeds = feeds;
  }

  /** The statement for a flush that touched the driving table. */
  String append(Map<String, TouchedTable> touched) {
    TouchedTable over = touched.get(definition.over().orElseThrow());
    String changes = changes(over);
    List<String> relations = new ArrayList<>();
    relations.add(Sql.quote(over.name()) + " AS (SELECT * FROM " + changes + ")");
    for (Lookup lookup : definition.lookups()) {
      TouchedTable table = touched.get(lookup.table());
      relations.add(
          Sql.quote(lookup.table())
              + " AS ("
              + (table == null ? asOfNow(lookup, changes) : asOfCommit(lookup, table, changes))
              + ")");
    }
    return insert("WITH " + String.join(", ", relations) + " " + definition.select());
  }

  /** The statement that logs every row there is as {@code r}, a snapshot's event. */
  String snapshot(String rows) {
    return insert(shadowed(definition, shape.relations(), rows));
  }

  /**
   * The SELECT with the driving table's rows as changes that a snapshot read.
   *
   * @param rows relation with the mirror's rows, its {@code _cdc_} columns among them
   */
  static String shadowed(ResultDefinition definition, Map<String, Relation> tables, String rows) {
    Relation over = tables.get(definition.over().orElseThrow());
    String changes =
        "(SELECT row_number() OVER () AS _cdc_ordinal, 1::bigint AS _cdc_segment, 'r'::text AS"
            + " _cdc_op, (m._cdc_position - '0/0'::pg_lsn)::bigint AS _cdc_commit_seq,"
            + " m._cdc_position AS _cdc_lsn, 0::bigint AS _cdc_source_order, (m._cdc_applied_at AT"
            + " TIME ZONE 'UTC') AS _cdc_commit_time, "
            + Sql.list("m", over.columns())
            + " FROM "
            + rows
            + " m)";
    List<String> relations = new ArrayList<>();
    relations.add(Sql.quote(over.name()) + " AS MATERIALIZED (SELECT * FROM " + changes + " c)");
    for (Lookup lookup : definition.lookups()) {
      Relation table = tables.get(lookup.table());
      relations.add(
          Sql.quote(lookup.table())
              + " AS (SELECT o._cdc_ordinal, "
              + Sql.list("m", table.columns())
              + " FROM "
              + Sql.quote(over.name())
              + " o JOIN "
              + table.table()
              + " m ON "
              + Sql.equal("m", table.keyColumns(), "o", lookup.columns())
              + ")");
    }
    return "WITH " + String.join(", ", relations) + " " + definition.select();
  }

  /** The flush leaves the looked-up table alone, so its rows are those of every commit in it. */
  private String asOfNow(Lookup lookup, String changes) {
    Relation table = shape.relations().get(lookup.table());
    return "SELECT o._cdc_ordinal, "
        + Sql.list("m", table.columns())
        + " FROM "
        + changes
        + " o JOIN "
        + table.table()
        + " m ON "
        + Sql.equal("m", table.keyColumns(), "o", lookup.columns());
  }

  private String changes(TouchedTable table) {
    return table
        .changes()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "result " + shape.name() + " needs every change of " + table.name()));
  }

  /**
   * Three cases: a key the flush does not touch; the last version up to the change's transaction;
   * the version before the flush, if the key is touched only by later transactions.
   */
  private String asOfCommit(Lookup lookup, TouchedTable table, String changes) {
    List<String> key = table.keyColumns();
    String columns = Sql.list("m", table.columns());
    String from = " FROM " + changes + " o JOIN ";
    String changed = changes(table);
    String changedKey = Sql.equal("c", key, "o", lookup.columns());
    String untouched =
        "SELECT o._cdc_ordinal, "
            + columns
            + from
            + table.table()
            + " m ON "
            + Sql.equal("m", key, "o", lookup.columns())
            + " WHERE NOT EXISTS (SELECT FROM "
            + changed
            + " c WHERE "
            + changedKey
            + ")";
    String changedBefore =
        "SELECT m._cdc_ordinal, "
            + columns
            + " FROM (SELECT DISTINCT ON (o._cdc_ordinal) o._cdc_ordinal, c._cdc_op, "
            + Sql.list("c", table.columns())
            + from
            + changed
            + " c ON "
            + changedKey
            + " AND c._cdc_segment <= o._cdc_segment"
            + " ORDER BY o._cdc_ordinal, c._cdc_ordinal DESC) m WHERE m._cdc_op <> 'd'";
    String changedLater =
        "SELECT o._cdc_ordinal, "
            + columns
            + from
            + table.oldRows()
            + " m ON "
            + Sql.equal("m", key, "o", lookup.columns())
            + " WHERE EXISTS (SELECT FROM "
            + changed
            + " c WHERE "
            + changedKey
            + ") AND NOT EXISTS (SELECT FROM "
            + changed
            + " c WHERE "
            + changedKey
            + " AND c._cdc_segment <= o._cdc_segment)";
    return untouched + " UNION ALL " + changedBefore + " UNION ALL " + changedLater;
  }

  private String insert(String rows) {
    String columns = Sql.list(shape.names());
    StringBuilder sql = new StringBuilder();
    sql.append("INSERT INTO ").append(shape.table()).append(" (").append(columns);
    sql.append(", updated_at").append(shape.ownsLsn() ? ", source_lsn" : "").append(") SELECT ");
    sql.append(shape.cast("r")).append(", now()").append(shape.ownsLsn() ? ", " + Sql.LSN : "");
    sql.append(" FROM (").append(rows).append("\n) r");
    if (!shape.key().isEmpty()) {
      sql.append(" ORDER BY ").append(Sql.list("r", shape.key()));
      sql.append(" ON CONFLICT (").append(Sql.list(shape.key())).append(") DO NOTHING");
    }
    if (feeds) {
      String identity = Sql.quote(definition.identity());
      String all = identity + ", " + columns;
      return "WITH appended AS ("
          + sql
          + " RETURNING "
          + all
          + ") INSERT INTO "
          + Upsert.newRows(shape)
          + " ("
          + all
          + ") SELECT "
          + all
          + " FROM appended";
    }
    return sql.toString();
  }
}
