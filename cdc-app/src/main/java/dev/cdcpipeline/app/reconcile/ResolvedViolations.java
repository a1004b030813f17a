package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Violations that Kafka Streams recorded and took back, beside those that the transactional sink
 * ever recorded. Neither is wrong by itself, since the past cannot be asked: one that only Kafka
 * Streams saw may have held for a moment between two flushes, or never.
 */
final class ResolvedViolations {

  private static final String ONLY_STREAMED =
      "SELECT rule, count(*), min(row_key) FROM streamed.data_quality_violations s WHERE"
          + " resolved_at IS NOT NULL AND NOT EXISTS (SELECT FROM analytics.data_quality_violations"
          + " a WHERE (a.rule, a.source_table, a.row_key) = (s.rule, s.source_table, s.row_key))"
          + " GROUP BY rule ORDER BY rule";

  private ResolvedViolations() {}

  /** What should be looked at, one line for each rule; nothing if there is only one table. */
  static List<String> notes(Connection target) throws SQLException {
    boolean both =
        Query.isThere(target, "streamed.data_quality_violations")
            && Query.isThere(target, "analytics.data_quality_violations");
    return !both
        ? List.of()
        : Query.of(ONLY_STREAMED)
            .list(
                target,
                row ->
                    "streamed.data_quality_violations: %d resolved violations of %s were never recorded by the transactional sink, for example %s; they held for a moment, or not at all"
                        .formatted(row.getLong(2), row.getString(1), row.getString(3)));
  }
}
