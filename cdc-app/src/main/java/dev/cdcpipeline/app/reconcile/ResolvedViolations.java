package dev.cdcpipeline.app.reconcile;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Violations that Kafka Streams recorded and took back, beside those that the transactional sink
 * ever recorded. Neither is wrong by itself, since the past cannot be asked: one that only Kafka
 * Streams saw may have held for a moment between two flushes, or never.
 */
final class ResolvedViolations {

  private static final String TABLES =
      "SELECT to_regclass('streamed.data_quality_violations') IS NOT NULL AND"
          + " to_regclass('analytics.data_quality_violations') IS NOT NULL";

  private static final String ONLY_STREAMED =
      "SELECT rule, count(*), min(row_key) FROM streamed.data_quality_violations s WHERE"
          + " resolved_at IS NOT NULL AND NOT EXISTS (SELECT FROM analytics.data_quality_violations"
          + " a WHERE (a.rule, a.source_table, a.row_key) = (s.rule, s.source_table, s.row_key))"
          + " GROUP BY rule ORDER BY rule";

  private ResolvedViolations() {}

  /** What should be looked at, one line for each rule; nothing if there is only one table. */
  static List<String> notes(Connection target) throws SQLException {
    List<String> notes = new ArrayList<>();
    try (Statement statement = target.createStatement()) {
      try (ResultSet there = statement.executeQuery(TABLES)) {
        there.next();
        if (!there.getBoolean(1)) {
          return notes;
        }
      }
      try (ResultSet row = statement.executeQuery(ONLY_STREAMED)) {
        while (row.next()) {
          notes.add(
              "streamed.data_quality_violations: %d resolved violations of %s were never recorded by the transactional sink, for example %s; they held for a moment, or not at all"
                  .formatted(row.getLong(2), row.getString(1), row.getString(3)));
        }
      }
    }
    return notes;
  }
}
