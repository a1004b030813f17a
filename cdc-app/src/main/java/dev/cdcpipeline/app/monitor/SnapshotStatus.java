package dev.cdcpipeline.app.monitor;

import dev.cdcpipeline.app.monitor.PipelineStatus.Snapshot;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Snapshots that are being loaded into the target and that no reader sees yet. */
final class SnapshotStatus {
  /** Source tables with fewer pages are counted where the planner has no estimate. */
  private static final int COUNTED_PAGES = 10_000;

  private SnapshotStatus() {}

  /** What is under way, one for each table; the rows expected are not known yet. */
  static List<Snapshot> loading(Connection target) throws SQLException {
    List<Snapshot> loading = new ArrayList<>();
    try (Statement statement = target.createStatement()) {
      if (!DatabaseStatus.exists(statement, "cdc.snapshot_tables")) {
        return loading;
      }
      try (ResultSet row =
          statement.executeQuery(
              "SELECT sink, source_schema, source_table, rows_loaded,"
                  + " (extract(epoch FROM clock_timestamp() - started_at) * 1000)::bigint"
                  + " FROM cdc.snapshot_tables ORDER BY started_at, source_table")) {
        while (row.next()) {
          loading.add(
              new Snapshot(
                  row.getString(1),
                  row.getString(2) + "." + row.getString(3),
                  row.getLong(4),
                  Optional.empty(),
                  Duration.ofMillis(row.getLong(5))));
        }
      }
    }
    return loading;
  }

  /** The same with how many rows the source has, by its planner's estimate. */
  static List<Snapshot> expecting(List<Snapshot> loading, Connection source) throws SQLException {
    List<Snapshot> known = new ArrayList<>();
    for (Snapshot snapshot : loading) {
      known.add(
          new Snapshot(
              snapshot.sink(),
              snapshot.table(),
              snapshot.rows(),
              rows(source, snapshot.table()),
              snapshot.since()));
    }
    return known;
  }

  private static Optional<Long> rows(Connection source, String table) throws SQLException {
    try (PreparedStatement select =
        source.prepareStatement(
            "SELECT reltuples::bigint, relpages, c.oid::regclass::text FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE n.nspname || '.' || c.relname = ?")) {
      select.setString(1, table);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        if (row.getLong(1) > 0) {
          return Optional.of(row.getLong(1));
        }
        return row.getInt(2) < COUNTED_PAGES
            ? Optional.of(count(source, row.getString(3)))
            : Optional.empty();
      }
    }
  }

  private static long count(Connection source, String table) throws SQLException {
    try (Statement statement = source.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }
}
