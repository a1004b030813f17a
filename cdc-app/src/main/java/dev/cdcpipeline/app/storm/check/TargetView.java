package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a reader saw of the target in one transaction.
 *
 * @param xid the source transaction that {@code cdc.position} names; 0 if that is a snapshot
 * @param lsn the commit that it names
 * @param counts the number of rows of each mirror, in the order of the history's tables
 * @param sums the digests of the mirrors
 * @param logged transactions of the audit that are in the log
 * @param lists the youngest lists with their elements
 */
record TargetView(
    long xid, Lsn lsn, long[] counts, long[] sums, long logged, Map<Integer, String> lists) {
  private static final int LISTS = 20;

  /**
   * Looks at everything in the connection's transaction, which is one at REPEATABLE READ.
   *
   * @param logFrom the log's event after which all of the audit's transactions are
   * @return nothing as long as the target is true to no commit yet
   */
  static Optional<TargetView> of(Connection target, List<TableShape> tables, long logFrom)
      throws SQLException {
    return Query.of(
            "SELECT transaction_id, commit_lsn FROM cdc.position WHERE sink = 'analytics' AND"
                + " commit_lsn IS NOT NULL")
        .first(
            target,
            row -> at(row.getLong(1), Lsn.parse(row.getString(2)), target, tables, logFrom));
  }

  private static TargetView at(
      long xid, Lsn lsn, Connection target, List<TableShape> tables, long logFrom)
      throws SQLException {
    long[] counts = new long[tables.size()];
    long[] sums = new long[tables.size()];
    for (int i = 0; i < counts.length; i++) {
      int table = i;
      Query.of(tables.get(i).digestSql("mirror"))
          .forEach(
              target,
              row -> {
                counts[table] = row.getLong(1);
                sums[table] = row.getBigDecimal(2).toBigInteger().longValue();
              });
    }
    Map<Integer, String> lists = new LinkedHashMap<>();
    Query.of(
            "SELECT list_id, elements FROM mirror.storm_lists ORDER BY list_id DESC LIMIT ?", LISTS)
        .forEach(target, row -> lists.put(row.getInt(1), row.getString(2)));
    long logged =
        Query.of(
                "SELECT count(DISTINCT l.xid) FROM analytics.storm_log l JOIN mirror.storm_audit"
                    + " USING (xid) WHERE l.event_id > ?",
                logFrom)
            .number(target);
    return new TargetView(xid, lsn, counts, sums, logged, lists);
  }
}
