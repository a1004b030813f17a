package dev.cdcpipeline.app.monitor;

import dev.cdcpipeline.app.monitor.PipelineStatus.Position;
import dev.cdcpipeline.app.monitor.PipelineStatus.Slot;
import dev.cdcpipeline.app.monitor.PipelineStatus.Table;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    List<Slot> slots = new ArrayList<>();
    try (Statement statement = source.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT slot_name, active, coalesce(pg_current_wal_insert_lsn() -"
                    + " confirmed_flush_lsn, 0)::bigint, wal_status FROM pg_replication_slots"
                    + " WHERE database = current_database() ORDER BY slot_name")) {
      while (row.next()) {
        slots.add(
            new Slot(
                row.getString(1),
                row.getBoolean(2),
                row.getLong(3),
                Optional.ofNullable(row.getString(4)).orElse("unknown")));
      }
    }
    return slots;
  }

  /** How far the sinks are; empty if none has ever written. */
  static List<Position> positions(Connection target) throws SQLException {
    List<Position> positions = new ArrayList<>();
    try (Statement statement = target.createStatement()) {
      if (!exists(statement, "cdc.position")) {
        return positions;
      }
      try (ResultSet row =
          statement.executeQuery(
              "SELECT sink, commit_lsn, commit_time, applied_at,"
                  + " (extract(epoch FROM clock_timestamp() - commit_time) * 1000)::bigint"
                  + " FROM cdc.position ORDER BY sink")) {
        while (row.next()) {
          Optional<Instant> commitTime = instant(row.getTimestamp(3));
          positions.add(
              new Position(
                  row.getString(1),
                  Optional.ofNullable(row.getString(2)),
                  commitTime,
                  instant(row.getTimestamp(4)),
                  commitTime.isEmpty()
                      ? Optional.empty()
                      : Optional.of(Duration.ofMillis(row.getLong(5)))));
        }
      }
    }
    return positions;
  }

  /** Mirrors and results of every sink with their rows. */
  static List<Table> tables(Connection target) throws SQLException {
    List<Table> tables = new ArrayList<>();
    try (Statement statement = target.createStatement();
        Statement counting = target.createStatement()) {
      String owned =
          exists(statement, "cdc.tables")
              ? "OR (n.nspname, c.relname) IN (SELECT target_schema, target_table FROM cdc.tables)"
              : "";
      try (ResultSet row =
          statement.executeQuery(
              """
              SELECT n.nspname || '.' || c.relname, c.reltuples::bigint, c.oid::regclass,
                c.reltuples > %d OR NOT has_table_privilege(c.oid, 'SELECT')
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p') AND (n.nspname IN ('mirror', 'analytics', 'streamed') %s)
              ORDER BY n.nspname = 'streamed', n.nspname DESC, c.relname\
              """
                  .formatted(COUNTED_ROWS, owned))) {
        while (row.next()) {
          boolean estimated = row.getBoolean(4);
          tables.add(
              new Table(
                  row.getString(1),
                  estimated ? Math.max(0, row.getLong(2)) : count(counting, row.getString(3)),
                  estimated));
        }
      }
    }
    return tables;
  }

  private static long count(Statement statement, String table) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  /**
   * What is wrong with results, as the sink has noted it: failures, missing files, lost changes.
   */
  static List<String> resultProblems(Connection target) throws SQLException {
    List<String> problems = new ArrayList<>(failedResults(target));
    try (Statement statement = target.createStatement()) {
      if (!exists(statement, "cdc.log_gaps")) {
        return problems;
      }
      try (ResultSet row =
          statement.executeQuery(
              "SELECT format('result %s has no file on the worker since %s and is maintained as"
                  + " before; put the file back, or `cdc results remove %1$s`', name,"
                  + " file_absent_since) FROM cdc.results WHERE file_absent_since IS NOT NULL UNION"
                  + " ALL SELECT format('log %s misses %s changes committed from %s to %s; `cdc"
                  + " results settle %1$s` ends this report', name, changes, from_time, to_time)"
                  + " FROM cdc.log_gaps WHERE settled_at IS NULL ORDER BY 1")) {
        while (row.next()) {
          problems.add(row.getString(1));
        }
      }
    }
    return problems;
  }

  /** Results whose definition failed, with the error. */
  private static List<String> failedResults(Connection target) throws SQLException {
    List<String> failed = new ArrayList<>();
    try (Statement statement = target.createStatement()) {
      if (!exists(statement, "cdc.results")) {
        return failed;
      }
      // Read as JSON: the sink may add columns to its catalogue.
      try (ResultSet row =
          statement.executeQuery(
              "SELECT r->>'name', r->>'error' FROM (SELECT to_jsonb(t) AS r FROM cdc.results t)"
                  + " all_ WHERE lower(r->>'state') = 'failed' ORDER BY 1")) {
        while (row.next()) {
          failed.add(
              "result "
                  + row.getString(1)
                  + " failed: "
                  + row.getString(2)
                  + "; correct its file, then `cdc results rebuild "
                  + row.getString(1)
                  + "`");
        }
      }
    }
    return failed;
  }

  /** Sinks whose source connector can lose changes, as they have noted it; each with what to do. */
  static List<String> uncertainDeliveries(Connection target) throws SQLException {
    List<String> uncertain = new ArrayList<>();
    try (Statement statement = target.createStatement()) {
      if (!exists(statement, "cdc.position")) {
        return uncertain;
      }
      // Read as JSON: a sink of an earlier version has no such column.
      try (ResultSet row =
          statement.executeQuery(
              "SELECT p->>'sink' FROM (SELECT to_jsonb(t) AS p FROM cdc.position t) all_"
                  + " WHERE p->>'delivery' = 'unknown' ORDER BY 1")) {
        while (row.next()) {
          uncertain.add(
              "sink "
                  + row.getString(1)
                  + ": its source connector does not deliver whole transactions; a restart of it"
                  + " can lose changes of open transactions, of a COPY and of incremental"
                  + " snapshots; set"
                  + " connector.class=dev.cdcpipeline.debezium.ExactlyOncePostgresConnector");
        }
      }
    }
    return uncertain;
  }

  static boolean exists(Statement statement, String table) throws SQLException {
    try (ResultSet row =
        statement.executeQuery("SELECT to_regclass('" + table + "') IS NOT NULL")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private static Optional<Instant> instant(Timestamp timestamp) {
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
