package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.bench.load.FlatRows;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/**
 * One topic drained by one sink into a fresh table, timed from the sink's first commit to its last,
 * without what came with the first; so neither the connector's start nor the group's rebalance
 * counts.
 */
final class SinkRun {
  private static final long PAUSE_NANOS = 3_000_000L;
  private static final long LIMIT_NANOS = 300_000_000_000L;
  private static final int CHECK_EVERY = 200;

  private final BareStack stack;
  private final String url;
  private final int count;

  /**
   * @param url of the target as the sinks are given it, with user and password
   * @param count records in each topic
   */
  SinkRun(BareStack stack, String url, int count) {
    this.stack = stack;
    this.url = url;
    this.count = count;
  }

  /**
   * Drains a topic.
   *
   * @param run a name that no other run has
   * @return rows a second
   */
  double drain(SinkContestant contestant, Workload workload, String run)
      throws IOException, SQLException {
    String table = "bench_" + run;
    prepare(workload, table);
    Connectors connectors = stack.connectors();
    try (Connection target = stack.target()) {
      connectors.put(
          run,
          contestant.configuration(
              run, workload.topic(), table, SinkContestant.Address.of(url), workload.isAppend()));
      try {
        return timed(target, workload, table, connectors, run);
      } finally {
        connectors.delete(run);
      }
    } finally {
      stack.onTarget("DROP TABLE " + table);
    }
  }

  /** A table with a primary key; for appends without. */
  private void prepare(Workload workload, String table) throws SQLException {
    stack.onTarget(
        "CREATE TABLE "
            + table
            + " ("
            + FlatRows.COLUMNS
            + (workload.isAppend() ? ")" : ", PRIMARY KEY (id))"));
    if (workload.isPrefilled()) {
      stack.onTarget(
          "INSERT INTO "
              + table
              + " SELECT n, -1, n % 1000, 'pending', 1.00, 'nowhere', 1, localtimestamp FROM"
              + " generate_series(0, "
              + (count - 1)
              + ") n",
          "VACUUM ANALYZE " + table);
    }
    stack.onTarget("CHECKPOINT");
  }

  private double timed(
      Connection target, Workload workload, String table, Connectors connectors, String run)
      throws SQLException, IOException {
    int firstKey = workload.key(count).applyAsInt(0);
    String gone = "SELECT NOT EXISTS (SELECT FROM " + table + " WHERE id = ?)";
    String there = "SELECT EXISTS (SELECT FROM " + table + " WHERE id = ? AND seq >= 0)";
    // without a key: the first row is in the first page, the last one near the end of the file
    String any = "SELECT EXISTS (SELECT FROM " + table + " WHERE ctid < '(1,0)' AND id >= ?)";
    String all =
        "SELECT EXISTS (SELECT FROM "
            + table
            + " WHERE ctid >= format('(%s,0)', greatest(0, pg_relation_size('"
            + table
            + "') / 8192 - 512))::tid AND id = ?)";
    String first = workload.isAppend() ? any : workload.isDelete() ? gone : there;
    String last = workload.isAppend() ? all : first;
    await(target, first, firstKey, connectors, run);
    long begin = System.nanoTime();
    double withTheFirst = done(target, workload, table);
    await(target, last, workload.lastKey(count), connectors, run);
    return (count - withTheFirst) / ((System.nanoTime() - begin) / 1e9);
  }

  /** How many records the table shows the effect of, at most one commit behind. */
  private double done(Connection target, Workload workload, String table) throws SQLException {
    String query =
        workload.isDelete()
            ? "SELECT " + count + " - count(*) FROM " + table
            : "SELECT coalesce(max(seq) + 1, 0) FROM " + table;
    return Query.of(query).number(target);
  }

  private static void await(
      Connection target, String question, int key, Connectors connectors, String run)
      throws SQLException, IOException {
    long end = System.nanoTime() + LIMIT_NANOS;
    try (PreparedStatement statement = target.prepareStatement(question)) {
      statement.setLong(1, key);
      for (int look = 1; ; look++) {
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          if (row.getBoolean(1)) {
            return;
          }
        }
        if (look % CHECK_EVERY == 0) {
          connectors.check(run);
        }
        if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
          throw new IOException(run + " was not done within five minutes");
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }
}
