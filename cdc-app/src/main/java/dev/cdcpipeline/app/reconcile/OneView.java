package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.sink.result.ResultDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Compares each result with its own SELECT over the mirrors, within the caller's transaction and so
 * at the commit that this sees.
 */
public final class OneView {
  /** The logs of the shop. */
  public static final Map<String, Queries> SHOP_LOGS =
      Map.of(
          "order_events",
          new Queries(
              "SELECT order_id, customer_id, order_status, total_amount FROM orders",
              "SELECT order_id, customer_id, order_status, total_amount FROM (SELECT DISTINCT ON"
                  + " (order_id) * FROM order_events ORDER BY order_id, commit_seq DESC, source_lsn"
                  + " DESC, source_order DESC, event_id DESC) e WHERE event_type <> 'deleted'"));

  private final List<ResultDefinition> definitions;
  private final Map<String, Queries> tablesOfLogs;

  /** What must be there, and what is there. */
  public record Queries(String expected, String found) {}

  /**
   * @param tablesOfLogs for each log a SELECT of the columns of its driving table that it has: over
   *     the mirror, and over the log's last rows
   */
  public OneView(List<ResultDefinition> definitions, Map<String, Queries> tablesOfLogs) {
    this.definitions = List.copyOf(definitions);
    this.tablesOfLogs = Map.copyOf(tablesOfLogs);
  }

  /**
   * What differs, one line for each result.
   *
   * @param connection finds mirrors and results without schema, in one repeatable-read transaction
   */
  public List<String> differences(Connection connection) throws SQLException {
    List<String> differences = new ArrayList<>();
    for (ResultDefinition definition : definitions) {
      compare(connection, definition, queries(connection, definition), differences);
    }
    return differences;
  }

  private Queries queries(Connection connection, ResultDefinition definition) throws SQLException {
    String key = String.join(", ", definition.key());
    return switch (definition.kind()) {
      case REFRESH, DELTA -> {
        String columns = columns(connection, definition);
        yield new Queries(
            "SELECT %s FROM (%s\n) q WHERE num_nulls(%s) = 0"
                .formatted(columns, definition.select(), key),
            "SELECT %s FROM %s".formatted(columns, definition.name()));
      }
      case LOG -> tablesOfLogs.get(definition.name());
      case VIOLATIONS -> {
        String rule = definition.rule().orElseThrow();
        yield new Queries(
            "SELECT concat_ws(',', %s), detail FROM (%s\n) q".formatted(key, definition.select()),
            "SELECT row_key, detail FROM %s WHERE rule = '%s' AND resolved_at IS NULL UNION ALL SELECT row_key, detail FROM cdc.pending_violations WHERE rule = '%s'"
                .formatted(definition.target(), rule, rule));
      }
    };
  }

  private static void compare(
      Connection connection, ResultDefinition definition, Queries queries, List<String> differences)
      throws SQLException {
    String sql =
        "WITH expected AS (%s), found AS (%s) SELECT 'expected ' || e::text FROM (TABLE expected EXCEPT ALL TABLE found) e UNION ALL SELECT 'found ' || f::text FROM (TABLE found EXCEPT ALL TABLE expected) f LIMIT 6"
            .formatted(queries.expected(), queries.found());
    for (String row : Query.of(sql).texts(connection)) {
      differences.add(definition.file() + ": " + row);
    }
  }

  private static String columns(Connection connection, ResultDefinition definition)
      throws SQLException {
    return SortedRows.columns(connection, definition.select()).stream()
        .map(SortedRows.Column::name)
        .collect(Collectors.joining(", "));
  }
}
