package dev.cdcpipeline.sink.result;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps the plans of a session's statements fit for the data, which grows under them. Prepared plans
 * suit the sizes that tables had; they are dropped whenever as many rows have gone through as in all
 * the time before, and tables whose statistics are missing or behind by then are analyzed: the
 * server's own autovacuum looks once a minute, which is a long time for a mirror that was filled in
 * seconds. Relations that pass rows from result to result keep the room of deleted rows, and every
 * scan of them passes over it, until they are truncated.
 */
final class FreshPlans {
  private static final long FIRST_ROWS = 1_000;
  // an emptied relation makes the server plan its statements again, so not too often
  private static final long ROWS_BEFORE_EMPTIED = 5_000;
  private static final String BEHIND =
      """
      SELECT string_agg(c.oid::regclass::text, ', ')
      FROM unnest(?) name JOIN pg_class c ON c.oid = to_regclass(name)
      LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
      WHERE c.relkind = 'r'
      AND (c.reltuples < 0 OR s.n_mod_since_analyze > 500 + s.n_live_tup / 10)\
      """;

  private long rowsSincePlanned;
  private long rowsPlannedFor = FIRST_ROWS;
  private long rowsSinceEmptied;

  /**
   * Counts a flush's rows and does what is due, within the flush's transaction.
   *
   * @param kept the results whose tables, and those they read, are looked after
   */
  void before(long rows, List<KeptResult> kept, FlushSession session, Connection connection)
      throws SQLException {
    rowsSinceEmptied += rows;
    if (rowsSinceEmptied > ROWS_BEFORE_EMPTIED) {
      rowsSinceEmptied = 0;
      empty(kept, session);
    }
    rowsSincePlanned += rows;
    if (rowsSincePlanned > rowsPlannedFor) {
      rowsPlannedFor *= 2;
      rowsSincePlanned = 0;
      session.clear();
      analyze(kept, session, connection);
    }
  }

  private static void empty(List<KeptResult> kept, FlushSession session) throws SQLException {
    Set<String> relations = new LinkedHashSet<>();
    for (KeptResult result : kept) {
      if (result.active() && result.feeds()) {
        relations.add(result.touched().newRows());
        relations.add(result.touched().oldRows());
      }
    }
    if (!relations.isEmpty()) {
      session.execute("TRUNCATE " + String.join(", ", relations));
    }
  }

  private static void analyze(List<KeptResult> kept, FlushSession session, Connection connection)
      throws SQLException {
    Set<String> tables = new LinkedHashSet<>();
    for (KeptResult result : kept) {
      result
          .shape()
          .ifPresent(
              shape -> {
                tables.add(shape.table());
                shape.relations().values().forEach(relation -> tables.add(relation.table()));
              });
    }
    Array names = connection.createArrayOf("text", tables.toArray());
    try (PreparedStatement statement = connection.prepareStatement(BEHIND)) {
      statement.setArray(1, names);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        String behind = row.getString(1);
        if (behind != null) {
          // whoever holds a table's lock, a VACUUM say, is not waited for
          session.execute("ANALYZE (SKIP_LOCKED) " + behind);
        }
      }
    } finally {
      names.free();
    }
  }
}
