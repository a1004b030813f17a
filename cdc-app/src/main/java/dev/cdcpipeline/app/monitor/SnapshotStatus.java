package dev.cdcpipeline.app.monitor;

import dev.cdcpipeline.app.monitor.PipelineStatus.Snapshot;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
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
    if (!Query.isThere(target, "cdc.snapshot_tables")) {
      return List.of();
    }
    return Query.of(
            "SELECT sink, source_schema, source_table, rows_loaded,"
                + " (extract(epoch FROM clock_timestamp() - started_at) * 1000)::bigint"
                + " FROM cdc.snapshot_tables ORDER BY started_at, source_table")
        .list(
            target,
            row ->
                new Snapshot(
                    row.getString(1),
                    row.getString(2) + "." + row.getString(3),
                    row.getLong(4),
                    Optional.empty(),
                    Duration.ofMillis(row.getLong(5))));
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
    return Query.of(
            "SELECT reltuples::bigint, relpages, c.oid::regclass::text FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE n.nspname || '.' || c.relname = ?",
            table)
        .first(source, row -> rows(source, row))
        .flatMap(rows -> rows);
  }

  private static Optional<Long> rows(Connection source, ResultSet table) throws SQLException {
    if (table.getLong(1) > 0) {
      return Optional.of(table.getLong(1));
    }
    return table.getInt(2) < COUNTED_PAGES
        ? Optional.of(Query.of("SELECT count(*) FROM " + table.getString(3)).number(source))
        : Optional.empty();
  }
}
