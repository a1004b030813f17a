package dev.cdcpipeline.sink.result;

import java.util.List;

/** Writes computed rows into a result: what differs, what is new, and out with what is gone. */
final class Upsert {

  private Upsert() {}

  /** Temporary relation with a result's rows before the flush, of the keys it touched. */
  static String oldRows(ResultShape shape) {
    return "pg_temp." + Sql.quote("_cdc_old_" + shape.definition().target());
  }

  /** Temporary relation with a result's rows after the flush, of the keys it touched. */
  static String newRows(ResultShape shape) {
    return "pg_temp." + Sql.quote("_cdc_new_" + shape.definition().target());
  }

  /**
   * The end of a statement whose WITH list has {@code n}, the rows as they must be.
   *
   * @param feeds whether old and new rows are kept for results built on this one
   * @param keys relation of the WITH list with keys to delete when {@code n} lacks them; null when
   *     {@code n} has all groups there are
   */
  static String differing(ResultShape shape, boolean feeds, String keys) {
    List<String> key = shape.key();
    StringBuilder sql = new StringBuilder(", gone AS (DELETE FROM " + shape.table() + " t");
    if (keys != null) {
      sql.append(" USING ").append(keys).append(" k WHERE ").append(Sql.equal("t", "k", key));
      sql.append(" AND ");
    } else {
      sql.append(" WHERE ");
    }
    sql.append("NOT EXISTS (SELECT FROM n WHERE ").append(Sql.equal("n", "t", key)).append("))");
    if (feeds) {
      keepRows(shape, keys, sql);
    }
    List<String> all = shape.names();
    sql.append(" INSERT INTO ").append(shape.table()).append(" AS t (").append(Sql.list(all));
    sql.append(", updated_at").append(shape.ownsLsn() ? ", source_lsn" : "").append(") SELECT ");
    sql.append(shape.cast("n")).append(", now()").append(shape.ownsLsn() ? ", " + Sql.LSN : "");
    sql.append(" FROM n ON CONFLICT (").append(Sql.list(key)).append(") DO ");
    List<String> values = shape.values();
    if (values.isEmpty()) {
      return sql.append("NOTHING").toString();
    }
    sql.append("UPDATE SET ");
    sql.append(Sql.each(values, ", ", c -> Sql.quote(c) + " = excluded." + Sql.quote(c)));
    sql.append(", updated_at = excluded.updated_at");
    sql.append(shape.ownsLsn() ? ", source_lsn = excluded.source_lsn" : "").append(" WHERE (");
    sql.append(Sql.list("t", values)).append(") IS DISTINCT FROM (");
    return sql.append(Sql.list("excluded", values)).append(")").toString();
  }

  private static void keepRows(ResultShape shape, String keys, StringBuilder sql) {
    String columns = Sql.list(shape.names());
    sql.append(", old_rows AS (INSERT INTO ").append(oldRows(shape)).append(" (").append(columns);
    sql.append(") SELECT ").append(Sql.list("t", shape.names())).append(" FROM ");
    sql.append(shape.table()).append(" t");
    if (keys != null) {
      sql.append(" JOIN (SELECT ").append(Sql.list(shape.key())).append(" FROM n UNION SELECT ");
      sql.append(Sql.list(shape.key())).append(" FROM ").append(keys).append(") k ON ");
      sql.append(Sql.equal("t", "k", shape.key()));
    }
    sql.append("), new_rows AS (INSERT INTO ").append(newRows(shape)).append(" (").append(columns);
    sql.append(") SELECT ").append(shape.cast("n")).append(" FROM n)");
  }
}
