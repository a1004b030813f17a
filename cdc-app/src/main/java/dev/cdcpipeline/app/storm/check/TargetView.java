package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    try (Statement statement = target.createStatement()) {
      long xid;
      Lsn lsn;
      try (ResultSet row =
          statement.executeQuery(
              "SELECT transaction_id, commit_lsn FROM cdc.position WHERE sink = 'analytics' AND"
                  + " commit_lsn IS NOT NULL")) {
        if (!row.next()) {
          return Optional.empty();
        }
        xid = row.getLong(1);
        lsn = Lsn.parse(row.getString(2));
      }
      long[] counts = new long[tables.size()];
      long[] sums = new long[tables.size()];
      for (int i = 0; i < counts.length; i++) {
        try (ResultSet row = statement.executeQuery(tables.get(i).digestSql("mirror"))) {
          row.next();
          counts[i] = row.getLong(1);
          sums[i] = row.getBigDecimal(2).toBigInteger().longValue();
        }
      }
      Map<Integer, String> lists = new LinkedHashMap<>();
      try (ResultSet row =
          statement.executeQuery(
              "SELECT list_id, elements FROM mirror.storm_lists ORDER BY list_id DESC LIMIT "
                  + LISTS)) {
        while (row.next()) {
          lists.put(row.getInt(1), row.getString(2));
        }
      }
      try (ResultSet row =
          statement.executeQuery(
              "SELECT count(DISTINCT l.xid) FROM analytics.storm_log l JOIN mirror.storm_audit"
                  + " USING (xid) WHERE l.event_id > "
                  + logFrom)) {
        row.next();
        return Optional.of(new TargetView(xid, lsn, counts, sums, row.getLong(1), lists));
      }
    }
  }
}
