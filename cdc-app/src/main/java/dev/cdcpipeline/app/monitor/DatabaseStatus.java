package dev.cdcpipeline.app.monitor;

import dev.cdcpipeline.app.monitor.PipelineStatus.Position;
import dev.cdcpipeline.app.monitor.PipelineStatus.Slot;
import dev.cdcpipeline.app.monitor.PipelineStatus.Table;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** What the two databases say of the pipeline. */
final class DatabaseStatus {

  /** Tables that are larger, by the planner's estimate, are not counted. */
  private static final long COUNTED_ROWS = 500_000;

  private DatabaseStatus() {}

  /** The logical replication slots of the source. */
  static List<Slot> slots(Connection source) throws SQLException {
    return Query.of(
            "SELECT slot_name, active, coalesce(pg_current_wal_insert_lsn() -"
                + " confirmed_flush_lsn, 0)::bigint, wal_status FROM pg_replication_slots"
                + " WHERE database = current_database() ORDER BY slot_name")
        .list(
            source,
            row ->
                new Slot(
                    row.getString(1),
                    row.getBoolean(2),
                    row.getLong(3),
                    Optional.ofNullable(row.getString(4)).orElse("unknown")));
  }

  /** How far the sinks are; empty if none has ever written. */
  static List<Position> positions(Connection target) throws SQLException {
    if (!Query.isThere(target, "cdc.position")) {
      return List.of();
    }
    return Query.of(
            "SELECT sink, commit_lsn, commit_time, applied_at,"
                + " (extract(epoch FROM clock_timestamp() - commit_time) * 1000)::bigint"
                + " FROM cdc.position ORDER BY sink")
        .list(
            target,
            row -> {
              Optional<Instant> commitTime = instant(row.getTimestamp(3));
              Duration age = Duration.ofMillis(row.getLong(5));
              return new Position(
                  row.getString(1),
                  Optional.ofNullable(row.getString(2)),
                  commitTime,
                  instant(row.getTimestamp(4)),
                  commitTime.map(since -> age));
            });
  }

  /** Mirrors and results of every sink with their rows. */
  static List<Table> tables(Connection target) throws SQLException {
    String owned =
        Query.isThere(target, "cdc.tables")
            ? "OR (n.nspname, c.relname) IN (SELECT target_schema, target_table FROM cdc.tables)"
            : "";
    String sql =
        """
        SELECT n.nspname || '.' || c.relname, c.reltuples::bigint, c.oid::regclass,
          c.reltuples > %d OR NOT has_table_privilege(c.oid, 'SELECT')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND (n.nspname IN ('mirror', 'analytics', 'streamed') %s)
        ORDER BY n.nspname = 'streamed', n.nspname DESC, c.relname\
        """
            .formatted(COUNTED_ROWS, owned);
    return Query.of(sql)
        .list(
            target,
            row -> {
              boolean estimated = row.getBoolean(4);
              return new Table(
                  row.getString(1),
                  estimated
                      ? Math.max(0, row.getLong(2))
                      : Query.of("SELECT count(*) FROM " + row.getString(3)).number(target),
                  estimated);
            });
  }

  /**
   * What is wrong with results, as the sink has noted it: failures, missing files, lost changes.
   */
  static List<String> resultProblems(Connection target) throws SQLException {
    List<String> problems = new ArrayList<>(failedResults(target));
    if (Query.isThere(target, "cdc.log_gaps")) {
      problems.addAll(
          Query.of(
                  "SELECT format('result %s has no file on the worker since %s and is maintained as"
                      + " before; put the file back, or `cdc results remove %1$s`', name,"
                      + " file_absent_since) FROM cdc.results WHERE file_absent_since IS NOT NULL"
                      + " UNION ALL SELECT format('log %s misses %s changes committed from %s to"
                      + " %s; `cdc results settle %1$s` ends this report', name, changes,"
                      + " from_time, to_time) FROM cdc.log_gaps WHERE settled_at IS NULL ORDER"
                      + " BY 1")
              .texts(target));
    }
    return problems;
  }

  /** Results whose definition failed, with the error. */
  private static List<String> failedResults(Connection target) throws SQLException {
    // Read as JSON: the sink may add columns to its catalogue.
    return !Query.isThere(target, "cdc.results")
        ? List.of()
        : Query.of(
                "SELECT format('result %1$s failed: %2$s; correct its file, then `cdc results"
                    + " rebuild %1$s`', r->>'name', r->>'error') FROM (SELECT to_jsonb(t) AS r FROM"
                    + " cdc.results t) all_ WHERE lower(r->>'state') = 'failed' ORDER BY"
                    + " r->>'name'")
            .texts(target);
  }

  /** Sinks whose source connector can lose changes, as they have noted it; each with what to do. */
  static List<String> uncertainDeliveries(Connection target) throws SQLException {
    // Read as JSON: a sink of an earlier version has no such column.
    return !Query.isThere(target, "cdc.position")
        ? List.of()
        : Query.of(
                "SELECT p->>'sink' FROM (SELECT to_jsonb(t) AS p FROM cdc.position t) all_"
                    + " WHERE p->>'delivery' = 'unknown' ORDER BY 1")
            .list(
                target,
                row ->
                    "sink "
                        + row.getString(1)
                        + ": its source connector does not deliver whole transactions; a restart of"
                        + " it can lose changes of open transactions, of a COPY and of incremental"
                        + " snapshots; set"
                        + " connector.class=dev.cdcpipeline.debezium.ExactlyOncePostgresConnector");
  }

  static Optional<Instant> instant(Timestamp timestamp) {
    return Optional.ofNullable(timestamp).map(Timestamp::toInstant);
  }

  /** A connection that gives up after a while. */
  static Connection connect(String url) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "cdc status");
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", "30");
    return DriverManager.getConnection(url, properties);
  }
}
