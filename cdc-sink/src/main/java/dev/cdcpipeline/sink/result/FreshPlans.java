package dev.cdcpipeline.sink.result;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the plans of a session's statements fit for the data, which grows under them. Prepared
 * plans suit the sizes that tables had; they are dropped whenever as many rows have gone through as
 * in all the time before, and tables whose statistics are missing or far behind by then are
 * analyzed: the server's own autovacuum looks once a minute, which is a long time for a mirror that
 * was filled in seconds. Relations that pass rows from result to result keep the room of deleted
 * rows, and every scan of them passes over it, until they are truncated.
 */
final class FreshPlans {
  private static final Logger LOG = LoggerFactory.getLogger(FreshPlans.class);
  private static final long FIRST_ROWS = 1_000;
  // an emptied relation makes the server plan its statements again, so not too often
  private static final long ROWS_BEFORE_EMPTIED = 5_000;
  private static final String BEHIND =
      """
      SELECT format('%I.%I', n.nspname, c.relname)
      FROM unnest(?) name JOIN pg_class c ON c.oid = to_regclass(name)
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
      WHERE c.relkind = 'r'
      AND (c.reltuples < 0 OR s.n_mod_since_analyze > 500 + s.n_live_tup / 2)\
      """;

  private final Deque<String> behind = new ArrayDeque<>();
  private long rowsSincePlanned;
  private long rowsPlannedFor = FIRST_ROWS;
  private long rowsSinceEmptied;

  /**
   * Counts a flush's rows and does what is due, within the flush's transaction.
   *
   * @param snapshot whether the flush computes results in full
   * @param kept the results whose tables, and those they read, are looked after
   */
  void before(
      long rows,
      boolean snapshot,
      List<KeptResult> kept,
      FlushSession session,
      Connection connection)
      throws SQLException {
    if (rowsSinceEmptied > ROWS_BEFORE_EMPTIED) {
      rowsSinceEmptied = 0;
      empty(kept, session);
    }
    // what this flush passes on is deleted by the next
    rowsSinceEmptied += snapshot ? ROWS_BEFORE_EMPTIED + 1 : rows;
    rowsSincePlanned += rows;
    if (rowsSincePlanned > rowsPlannedFor) {
      rowsPlannedFor *= 2;
      rowsSincePlanned = 0;
      session.execute("DISCARD PLANS");
      lookForStatistics(kept, connection);
    }
    String table = behind.poll();
    if (table != null) {
      analyze(table, session);
    }
  }

  // one a flush, so that none takes long; whoever holds a lock, a VACUUM say, is not waited for
  private static void analyze(String table, FlushSession session) throws SQLException {
    // the table may be gone: whoever needs it will find out
    session
        .attempt(List.of("ANALYZE (SKIP_LOCKED) " + table))
        .ifPresent(failure -> LOG.warn("no statistics of {}: {}", table, failure));
  }

  /** Forgets what was still to be looked at: tables may be gone. */
  void forget() {
    behind.clear();
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

  private void lookForStatistics(List<KeptResult> kept, Connection connection) throws SQLException {
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
    behind.clear();
    Array names = connection.createArrayOf("text", tables.toArray());
    try (PreparedStatement statement = connection.prepareStatement(BEHIND)) {
      statement.setArray(1, names);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          behind.add(rows.getString(1));
        }
      }
    } finally {
      names.free();
    }
  }
}
