package dev.cdcpipeline.sink.result;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a result would be kept: for each table it follows, the statement that a change of one row
 * runs and the server's plan for it, with a warning for each scan of a large table and the index
 * that would help. Nothing is changed: all is rolled back.
 *
 * @param table the table whose change is planned
 * @param statement what runs in each flush that touches it
 * @param explain the server's plan, line by line
 * @param warnings one for each large table that is scanned as a whole
 */
public record ResultPlan(
    String table, String statement, List<String> explain, List<Warning> warnings) {

  /** Tables below this many rows may be scanned. */
  static final long LARGE = 10_000;

  private static final Pattern SCAN =
      Pattern.compile(
          "(?:Seq Scan|Index(?: Only)? Scan using \\S+) on (\\S+)\\.(\\S+)(?: (\\S+))?  \\(.*");

  /**
   * A scan of a whole table per flush.
   *
   * @param rows about how many the table has
   * @param createIndex the statement that helps, if the plan tells which columns are compared
   */
  public record Warning(String table, long rows, Optional<String> createIndex) {

    @Override
    public String toString() {
      return "every flush scans "
          + table
          + " (about "
          + rows
          + " rows)"
          + createIndex.map(c -> "; this helps: " + c).orElse("");
    }
  }

  /**
   * Plans a definition against the mirrors as they are. The connection needs to be allowed
   * temporary tables; it must not be in autocommit, and what its transaction did before stays.
   *
   * @throws InvalidResultException the definition is wrong, or a table it names does not exist yet
   */
  public static List<ResultPlan> of(
      Connection connection, ResultOptions options, ResultDefinition definition)
      throws SQLException {
    FlushSession session = new FlushSession(connection, options);
    session.execute("SAVEPOINT cdc_plan");
    try {
      session.begin("", Instant.EPOCH, true);
      ShapeReader reader = new ShapeReader(connection, options);
      List<String> missing = reader.missing(definition);
      if (!missing.isEmpty()) {
        throw new InvalidResultException(
            definition.file() + ": there is no table " + String.join(", ", missing) + " yet");
      }
      ResultShape shape = reader.read(definition);
      new ResultTable(connection, options).prepareForPlan(shape);
      List<ResultPlan> plans = new ArrayList<>();
      for (Relation relation : shape.relations().values()) {
        for (String statement :
            new MaintenanceSql(shape, options, false).statements(touched(relation, session))) {
          plans.add(explain(connection, relation.name(), statement));
        }
      }
      return plans;
    } finally {
      session.execute("ROLLBACK TO SAVEPOINT cdc_plan");
    }
  }

  /** One row of the table, staged as a flush would. */
  private static Map<String, TouchedTable> touched(Relation relation, FlushSession session)
      throws SQLException {
    String columns = Sql.list(relation.columns());
    for (String kind : List.of("new", "old", "changes")) {
      session.execute("DROP TABLE IF EXISTS pg_temp._cdc_plan_" + kind + "_" + relation.name());
      session.execute(
          "CREATE TEMP TABLE _cdc_plan_"
              + kind
              + "_"
              + relation.name()
              + " AS SELECT "
              + columns
              + (kind.equals("changes")
                  ? ", 1::bigint AS _cdc_ordinal, 1::bigint AS _cdc_segment, 'u'::text AS _cdc_op,"
                      + " 1::bigint AS _cdc_commit_seq, '0/1'::pg_lsn AS _cdc_lsn, 1::bigint AS"
                      + " _cdc_source_order, timestamp '2000-01-01' AS _cdc_commit_time"
                  : "")
              + " FROM "
              + relation.table()
              + " LIMIT 1");
    }
    String prefix = "pg_temp._cdc_plan_";
    return Map.of(
        relation.name(),
        new TouchedTable(
            relation.name(),
            relation.table(),
            relation.columns(),
            relation.keyColumns(),
            prefix + "new_" + relation.name(),
            prefix + "old_" + relation.name(),
            Optional.of(prefix + "changes_" + relation.name())));
  }

  private static ResultPlan explain(Connection connection, String table, String statement)
      throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Statement explain = connection.createStatement();
        ResultSet rows = explain.executeQuery("EXPLAIN (VERBOSE) " + statement)) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
    List<Warning> warnings = new ArrayList<>();
    Set<String> warned = new LinkedHashSet<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher scan = SCAN.matcher(lines.get(i));
      if (scan.find() && !scan.group(1).startsWith("pg_temp")) {
        String name = scan.group(1) + "." + scan.group(2);
        long rows = rows(connection, name);
        if (rows >= LARGE && whole(lines, i) && warned.add(name)) {
          warnings.add(new Warning(name, rows, index(lines, i, name, scan.group(3))));
        }
      }
    }
    return new ResultPlan(table, statement, List.copyOf(lines), warnings);
  }

  /** Whether the scan reads all rows: a sequential one, or an index one without a condition. */
  private static boolean whole(List<String> lines, int scan) {
    if (lines.get(scan).contains("Seq Scan on")) {
      return true;
    }
    return details(lines, scan).stream().noneMatch(l -> l.strip().startsWith("Index Cond:"));
  }

  /** The index on the columns that the scan, or the join above it, compares with something. */
  private static Optional<String> index(List<String> lines, int scan, String table, String alias) {
    String name = alias == null ? table.substring(table.indexOf('.') + 1) : alias;
    Pattern compared =
        Pattern.compile(
            "\\(" + Pattern.quote(name) + "\\.(\\w+) = |= " + Pattern.quote(name) + "\\.(\\w+)\\)");
    for (int i = scan; i >= 0 && i > scan - 40; i--) {
      for (String line : details(lines, i)) {
        if (line.contains("Filter: ") || line.contains("Cond: ")) {
          Matcher m = compared.matcher(line);
          if (m.find()) {
            String column = m.group(1) != null ? m.group(1) : m.group(2);
            return Optional.of("CREATE INDEX ON " + table + " (" + column + ")");
          }
        }
      }
    }
    return Optional.empty();
  }

  private static List<String> details(List<String> lines, int node) {
    List<String> details = new ArrayList<>();
    for (int i = node + 1; i < lines.size() && !lines.get(i).contains("->"); i++) {
      details.add(lines.get(i));
    }
    return details;
  }

  private static long rows(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT CASE WHEN reltuples < 0 THEN (SELECT count(*) FROM "
                    + table
                    + ") ELSE reltuples::bigint END FROM pg_class WHERE oid = "
                    + Sql.literal(table)
                    + "::regclass")) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }
}
