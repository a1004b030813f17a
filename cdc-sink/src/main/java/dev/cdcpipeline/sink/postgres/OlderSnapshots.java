package dev.cdcpipeline.sink.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until every reader of the target sees the sink's last commit. While the sink commits
 * nothing more, all of them then see the same rows, so that a table may be rewritten under them.
 *
 * <p>{@code CREATE INDEX CONCURRENTLY} waits for older snapshots in the same way.
 */
public final class OlderSnapshots {
  private static final Logger LOG = LoggerFactory.getLogger(OlderSnapshots.class);
  private static final int POLL_MILLIS = 20;
  private static final String OBJECT_IN_USE = "55006";

  // the ledger is part of each commit that changes what readers see
  private static final String LAST_COMMIT =
      """
      SELECT coalesce(
        (SELECT x FROM (SELECT xmin AS x FROM %1$s WHERE sink = ?
                        UNION ALL SELECT xmin FROM %2$s WHERE sink = ?) ledger
         ORDER BY age(x) LIMIT 1),
        pg_snapshot_xmin(pg_current_snapshot())::xid)::text\
      """;

  // A session without a user is autovacuum's, which reads no rows for anybody, nor does VACUUM. A
  // sink reads what it writes itself; two that wait for each other would never end.
  private static final String HOLDERS =
      """
      SELECT l.virtualxid,
        concat_ws(' ', a.pid, a.usename, nullif(a.application_name, ''), 'since ' || a.xact_start)
      FROM pg_stat_activity a
        JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'virtualxid' AND l.granted
          AND l.virtualxid = l.virtualtransaction
      WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
        AND a.usesysid IS NOT NULL
        AND a.backend_xmin IS NOT NULL AND age(a.backend_xmin) >= age(?::xid)
        AND a.application_name NOT LIKE 'cdc-sink%'
        AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)\
      """;

  private OlderSnapshots() {}

  /**
   * Waits until no other session has a snapshot from before the sink's last commit, but no longer
   * than the session's {@code lock_timeout}: a snapshot counts as a lock. Writes nothing.
   *
   * @param ledgerSchema where {@code offsets} and {@code position} are
   * @param sink whose last commit
   * @param doing what has to wait, as {@code change the columns of mirror.orders}
   * @throws TransientWriteException there still is one; the message names the sessions
   */
  public static void awaitEnd(Connection connection, String ledgerSchema, String sink, String doing)
      throws SQLException {
    String lastCommit = lastCommit(connection, ledgerSchema, sink);
    long limit = lockTimeout(connection);
    // only those that are there now: snapshots to come see the commit, though while another
    // transaction of the server writes for long they can't be told from older ones
    Map<String, String> older = holders(connection, lastCommit);
    for (long waited = 0; !older.isEmpty(); waited += POLL_MILLIS) {
      if (waited == 0) {
        LOG.info("waiting for {} older snapshots to {}: {}", older.size(), doing, older.values());
      }
      if (limit > 0 && waited >= limit) {
        throw new TransientWriteException(
            "cannot %s yet: after %d ms %d sessions still read the target as it was before the sink's last commit, and would find the table empty: %s; end their transactions, or wait: the sink tries again"
                .formatted(doing, limit, older.size(), List.copyOf(older.values())),
            OBJECT_IN_USE,
            false,
            null);
      }
      pause(connection);
      older.keySet().retainAll(holders(connection, lastCommit).keySet());
    }
  }

  private static String lastCommit(Connection connection, String schema, String sink)
      throws SQLException {
    String sql =
        LAST_COMMIT.formatted(
            SqlIdentifiers.qualified(schema, "offsets"),
            SqlIdentifiers.qualified(schema, "position"));
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, sink);
      select.setString(2, sink);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static long lockTimeout(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT setting::bigint FROM pg_settings WHERE name = 'lock_timeout'")) {
      row.next();
      return row.getLong(1);
    }
  }

  private static Map<String, String> holders(Connection connection, String lastCommit)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // a transaction sees what it saw at its first look, unless told otherwise
      statement.execute("SELECT pg_stat_clear_snapshot()");
    }
    try (PreparedStatement select = connection.prepareStatement(HOLDERS)) {
      select.setString(1, lastCommit);
      Map<String, String> holders = new LinkedHashMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          holders.put(row.getString(1), row.getString(2));
        }
      }
      return holders;
    }
  }

  private static void pause(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_sleep(" + POLL_MILLIS + " / 1000.0)");
    }
  }
}
