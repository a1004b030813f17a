package dev.cdcpipeline.sink.crash;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything a sink keeps that must not depend on how often it was interrupted: mirrors, results,
 * ledger, position, snapshots. Left out is what says when it was written, and by which claim.
 */
final class TargetContents {
  private static final Set<String> OF_MIRRORS = Set.of("_cdc_applied_at");
  private static final Set<String> OF_RESULTS = Set.of("updated_at", "event_id");
  private static final Set<String> OF_LEDGER =
      Set.of("epoch", "updated_at", "applied_at", "started_at", "loading_table");

  private TargetContents() {}

  /**
   * As one transaction sees it, so that a commit under way is in all of it or in none.
   *
   * @param admin autocommit off, repeatable read
   */
  static Map<String, List<String>> of(Connection admin, SinkLife.Sink sink) throws SQLException {
    Map<String, List<String>> contents = new TreeMap<>();
    for (String table : tables(admin, sink.mirrors())) {
      contents.put("mirror." + table, rows(admin, sink.mirrors(), table, OF_MIRRORS));
    }
    for (String table : tables(admin, sink.resultTables())) {
      contents.put("analytics." + table, rows(admin, sink.resultTables(), table, OF_RESULTS));
    }
    for (String table : List.of("offsets", "position", "snapshots", "snapshot_tables")) {
      contents.put("cdc." + table, rows(admin, sink.ledger(), table, OF_LEDGER));
    }
    // tables of a snapshot that is being loaded; a crash must leave none behind
    contents.put(
        "cdc, loading tables",
        List.of(
            Long.toString(
                tables(admin, sink.ledger()).stream()
                    .filter(t -> t.matches("snapshot_\\d+"))
                    .count())));
    admin.commit();
    return contents;
  }

  /** The log's next offset as these contents say it. */
  static int nextOffset(Map<String, List<String>> contents) {
    List<String> offsets = contents.get("cdc.offsets");
    Matcher next = Pattern.compile("\\d+").matcher(offsets.get(0).replaceFirst("^\\([^,]*,", ""));
    if (offsets.size() != 1 || !next.find()) {
      throw new IllegalStateException("no offset in " + offsets);
    }
    return Integer.parseInt(next.group());
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
