package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.mirror.FlushView;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Keeps account of the changes that a sink's logs have missed; one open gap for each log. */
final class LogGaps {
  private final String table;
  private final String sink;

  LogGaps(CatalogueSchema schema, String sink) {
    this.table = schema.gaps();
    this.sink = sink;
  }

  /** Adds what a flush changed in a log's driving table, in the flush's transaction. */
  void missed(String log, TouchedTable over, FlushView flush, Instant commitTime)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " AS g (sink, name, changes, from_lsn, to_lsn, from_time, to_time)"
            + " SELECT ?, ?, n, ?::pg_lsn, ?::pg_lsn, ?, ? FROM (SELECT count(*) AS n FROM "
            + over.changes().orElse(over.bothRows())
            + " c) changed WHERE n > 0 ON CONFLICT (sink, name) WHERE settled_at IS NULL DO UPDATE"
            + " SET changes = g.changes + excluded.changes, to_lsn = excluded.to_lsn, to_time ="
            + " excluded.to_time";
    try (PreparedStatement insert = flush.connection().prepareStatement(sql)) {
      insert.setString(1, sink);
      insert.setString(2, log);
      insert.setString(3, flush.position().toString());
      insert.setString(4, flush.position().toString());
      insert.setTimestamp(5, Timestamp.from(commitTime));
      insert.setTimestamp(6, Timestamp.from(commitTime));
      insert.executeUpdate();
    }
  }

  /** The gaps that nobody has settled, by log. */
  List<LogGap> open(Connection connection) throws SQLException {
    String sql =
        "SELECT name, changes, from_time, to_time, from_lsn::text, to_lsn::text FROM "
            + table
            + " WHERE settled_at IS NULL AND sink = "
            + Sql.literal(sink)
            + " ORDER BY name";
    List<LogGap> gaps = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        gaps.add(
            new LogGap(
                row.getString(1),
                row.getLong(2),
                row.getTimestamp(3).toInstant(),
                row.getTimestamp(4).toInstant(),
                row.getString(5),
                row.getString(6)));
      }
    }
    return gaps;
  }

  /** Settles a log's gap; returns whether it had one. */
  boolean settle(Connection connection, String log, String note) throws SQLException {
    String sql =
        "UPDATE "
            + table
            + " SET settled_at = now(), note = ? WHERE sink = ? AND name = ? AND settled_at IS"
            + " NULL";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, note);
      update.setString(2, sink);
      update.setString(3, log);
      return update.executeUpdate() > 0;
    }
  }
}
