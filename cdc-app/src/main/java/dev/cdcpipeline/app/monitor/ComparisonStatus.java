package dev.cdcpipeline.app.monitor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.monitor.PipelineStatus.Comparison;
import dev.cdcpipeline.app.monitor.PipelineStatus.Difference;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the comparison in the background has found, as it has noted it in the target. */
final class ComparisonStatus {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DIFFERENT = "different";
  private static final String FAILED = "failed";
  private static final int SHOWN = 3;

  private ComparisonStatus() {}

  /** One for each table that was compared; empty if no comparison has run. */
  static List<Comparison> read(Connection target) throws SQLException {
    if (!Query.isThere(target, "cdc.comparison")) {
      return List.of();
    }
    return Query.of(
            "SELECT target_table, compared_with, state, rows, differences, undecided, commit_lsn,"
                + " compared_at, different_since, problem, first_differences FROM cdc.comparison"
                + " ORDER BY target_table")
        .list(
            target,
            row ->
                new Comparison(
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    Optional.ofNullable(row.getString(7)),
                    row.getTimestamp(8).toInstant(),
                    DatabaseStatus.instant(row.getTimestamp(9)),
                    Optional.ofNullable(row.getString(10)),
                    differences(row.getString(11))));
  }

  /** What the comparison does now and when it said so; empty if none has run. */
  static Optional<String> doing(Connection target) throws SQLException {
    if (!Query.isThere(target, "cdc.comparison_run")) {
      return Optional.empty();
    }
    return Query.of(
            "SELECT doing, rounds, floor(extract(epoch FROM clock_timestamp() - alive_at)) FROM"
                + " cdc.comparison_run")
        .first(
            target,
            row ->
                "%s (%d rounds done; said %d s ago)"
                    .formatted(row.getString(1), row.getLong(2), row.getLong(3)));
  }

  /** What is wrong with a table, in one line; empty if it is equal. */
  static Optional<String> problem(Comparison comparison) {
    return switch (comparison.state()) {
      case DIFFERENT ->
          Optional.of(
              "%s differs from %s: %,d of %,d rows, as of commit %s (%s)%s%s; %s"
                  .formatted(
                      comparison.table(),
                      comparison.comparedWith(),
                      comparison.differences(),
                      comparison.rows(),
                      comparison.commit().orElse("unknown"),
                      comparison.comparedAt(),
                      keys(comparison),
                      comparison.problem().map(why -> "; " + why).orElse(""),
                      remedy(comparison)));
      case FAILED ->
          Optional.of(
              "%s is not compared: %s"
                  .formatted(
                      comparison.table(), comparison.problem().orElse("the reason is lost")));
      default ->
          comparison
              .problem()
              .filter(problem -> !comparison.comparedWith().contains(" "))
              .map(problem -> comparison.table() + ": " + problem);
    };
  }

  private static String keys(Comparison comparison) {
    return comparison.first().stream()
        .limit(SHOWN)
        .map(
            difference ->
                difference.kind()
                    + " "
                    + difference.key().entrySet().stream()
                        .map(column -> column.getKey() + "=" + column.getValue())
                        .collect(Collectors.joining(", "))
                    + (difference.columns().isEmpty()
                        ? ""
                        : " in " + String.join(", ", difference.columns())))
        .collect(Collectors.joining("; ", comparison.first().isEmpty() ? "" : ": ", ""));
  }

  private static String remedy(Comparison comparison) {
    return comparison.comparedWith().contains(" ")
        ? "compute it again: cdc results rebuild "
            + comparison.table().replaceFirst("^[^.]*\\.", "").replaceFirst(" .*", "")
        : "read it again: cdc table reread " + comparison.comparedWith();
  }

  private static List<Difference> differences(String json) {
    List<Difference> differences = new ArrayList<>();
    try {
      for (JsonNode one : JSON.readTree(json)) {
        Map<String, String> key = new TreeMap<>();
        one.path("key")
            .properties()
            .forEach(column -> key.put(column.getKey(), column.getValue().asText()));
        List<String> columns = new ArrayList<>();
        one.path("columns").forEach(column -> columns.add(column.asText()));
        differences.add(new Difference(one.path("kind").asText(), key, columns));
      }
      return differences;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cdc.comparison holds no JSON: " + json, e);
    }
  }
}
