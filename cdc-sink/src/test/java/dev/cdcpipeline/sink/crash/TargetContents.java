package dev.cdcpipeline.sink.crash;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Everything a sink keeps that must not depend on how often it was interrupted: tables, results,
 * ledger, position, snapshots. Left out is what says when it was written, and by which claim.
 *
 * @param next the log's next offset as the ledger has it
 * @param rows by table
 */
record TargetContents(OptionalLong next, Map<String, List<String>> rows) {
  private static final Set<String> OF_TABLES = Set.of("_cdc_applied_at");
  private static final Set<String> OF_RESULTS = Set.of("updated_at", "event_id");
  private static final Set<String> OF_LEDGER =
      Set.of("epoch", "updated_at", "applied_at", "started_at", "loading_table");

  /**
   * As one transaction sees it, so that a commit under way is in all of it or in none.
   *
   * @param admin autocommit off, repeatable read
   */
  static TargetContents of(Connection admin, Target target) throws SQLException {
    Map<String, List<String>> contents = new TreeMap<>();
    for (String table : tables(admin, target.tables())) {
      contents.put("tables." + table, rows(admin, target.tables(), table, OF_TABLES));
    }
    for (String table : tables(admin, target.results())) {
      contents.put("results." + table, rows(admin, target.results(), table, OF_RESULTS));
    }
    List<String> kept = tables(admin, target.ledger());
    for (String table : List.of("offsets", "position", "snapshots", "snapshot_tables")) {
      if (kept.contains(table)) {
        contents.put("cdc." + table, rows(admin, target.ledger(), table, OF_LEDGER));
      }
    }
    // tables of a snapshot that is being loaded; a crash must leave none behind
    long loading = kept.stream().filter(table -> table.matches("snapshot_\\d+")).count();
    contents.put("cdc, loading tables", List.of(Long.toString(loading)));
    OptionalLong next = OptionalLong.empty();
    if (kept.contains("offsets")) {
      List<String> offsets =
          query(
              admin,
              "SELECT next_offset FROM %s.offsets WHERE next_offset IS NOT NULL"
                  .formatted(target.ledger()));
      next = offsets.isEmpty() ? next : OptionalLong.of(Long.parseLong(offsets.get(0)));
    }
    admin.commit();
    return new TargetContents(next, contents);
  }

  /** Whether no table holds a row. */
  boolean hasNoRows() {
    return rows.entrySet().stream()
        .allMatch(table -> !table.getKey().startsWith("tables.") || table.getValue().isEmpty());
  }

  private static List<String> tables(Connection admin, String schema) throws SQLException {
    return query(
        admin,
        "SELECT tablename FROM pg_tables WHERE schemaname = '" + schema + "' ORDER BY tablename");
  }

  private static List<String> rows(
      Connection admin, String schema, String table, Set<String> leftOut) throws SQLException {
    List<String> columns =
        query(
            admin,
            "SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_schema = '"
                + schema
                + "' AND table_name = '"
                + table
                + "' ORDER BY column_name");
    columns.removeAll(leftOut);
    return query(
        admin,
        "SELECT ROW("
            + String.join(", ", columns)
            + ")::text FROM "
            + schema
            + "."
            + table
            + " ORDER BY 1");
  }

  private static List<String> query(Connection admin, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = admin.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        values.add(row.getString(1));
      }
    }
    return values;
  }
}
