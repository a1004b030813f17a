package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A table of the source and its mirror, compared value by value as PostgreSQL's text. */
final class MirrorRows {
  private MirrorRows() {}

  /** Waits until all that is committed has arrived, and compares the columns the source has. */
  static void assertEqual(TableWay way, String schema, String table) {
    way.awaitArrival();
    assertSame(way, schema, table);
  }

  /** Compares what is there, the columns the source has. */
  static void assertSame(TableWay way, String schema, String table) {
    assertSame(way, schema, "mirror", table);
  }

  /** The same for mirrors in another schema. */
  static void assertSame(TableWay way, String schema, String mirrors, String table) {
    String list = columns(way, schema, table);
    List<String> source = rows(way, true, schema, table, list);
    List<String> target = rows(way, false, mirrors, table, list);
    assertThat(source).as("rows of %s.%s", schema, table).isNotEmpty();
    assertThat(without(source, target)).as("missing in mirror of %s.%s", schema, table).isEmpty();
    assertThat(without(target, source)).as("only in mirror of %s.%s", schema, table).isEmpty();
  }

  /** The rows that the others don't have, as many times as they don't have them. */
  private static List<String> without(List<String> rows, List<String> others) {
    Map<String, Integer> counts = new HashMap<>();
    others.forEach(row -> counts.merge(row, 1, Integer::sum));
    return rows.stream().filter(row -> counts.merge(row, -1, Integer::sum) < 0).toList();
  }

  private static String columns(TableWay way, String schema, String table) {
    try (Connection source = way.source();
        PreparedStatement select =
            source.prepareStatement(
                "SELECT string_agg(quote_ident(column_name) || '::text', ', ' ORDER BY"
                    + " ordinal_position) FROM information_schema.columns WHERE table_schema = ?"
                    + " AND table_name = ?")) {
      select.setString(1, schema);
      select.setString(2, table);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    } catch (SQLException e) {
      throw new AssertionError("cannot read the columns of " + schema + "." + table, e);
    }
  }

  private static List<String> rows(
      TableWay way, boolean atSource, String schema, String table, String list) {
    String sql =
        "SELECT ROW(%s)::text COLLATE \"C\" FROM \"%s\".\"%s\" ORDER BY 1"
            .formatted(list, schema.replace("\"", "\"\""), table.replace("\"", "\"\""));
    try (Connection at = atSource ? way.source() : way.target();
        Statement statement = at.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    } catch (SQLException e) {
      throw new AssertionError(
          "cannot read %s.%s of the %s".formatted(schema, table, atSource ? "source" : "target"),
          e);
    }
  }
}
