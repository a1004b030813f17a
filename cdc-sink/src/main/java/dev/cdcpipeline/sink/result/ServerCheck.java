package dev.cdcpipeline.sink.result;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says of a view, which the server has parsed, what it reads and calls. The tree of the parsed
 * statement is the witness: the catalogue's dependencies leave out all that every database has, the
 * system's own tables among them.
 */
final class ServerCheck {
  private static final Pattern RELATION = Pattern.compile(":relid (\\d+)");
  private static final Pattern FUNCTION =
      Pattern.compile(":(?:funcid|opfuncid|aggfnoid|winfnoid) (\\d+)");
  private static final String DEPENDS_ON_ROWS = "; a result must depend on the rows alone";

  /**
   * The server's functions that are STABLE because they follow settings that the sink pins. All
   * others of that kind read something: the clock, the settings, the catalogue, or any table.
   */
  private static final Pattern PINNED =
      Pattern.compile(
          "age|anytextcat|textanycat|array_to_(json|string)|concat|concat_ws|convert(_from|_to)?"
              + "|date(_[a-z_]+)?|enum_(first|last|range)|extract|format|generate_series|in_range"
              + "|interval_pl_timestamptz|jsonb?_[a-z_]+|row_to_json|length|make_timestamptz|money"
              + "|numeric|overlaps|(phrase|plain|websearch_)?to_tsquery|quote_(literal|nullable)|time"
              + "|timestamp(tz)?(_[a-z_]+)?|timetz|timezone"
              + "|to_(char|date|json|jsonb|number|timestamp|tsvector)"
              + "|ts_(headline|match_tq|match_tt)|xml|xml_is_well_formed");

  /** What a view that is read later may ask for beside. */
  private static final Set<String> CLOCK =
      Set.of("now", "transaction_timestamp", "statement_timestamp");

  private final Connection connection;

  ServerCheck(Connection connection) {
    this.connection = connection;
  }

  /** A table or view that is read, as {@code pg_class} names it. */
  record Read(String schema, String name) {}

  /** Everything that a view reads, in whatever part of it. */
  List<Read> reads(String view) throws SQLException {
    Set<String> oids = numbers(RELATION, tree(view));
    if (oids.isEmpty()) {
      return List.of();
    }
    List<Read> reads = new ArrayList<>();
    for (String[] row :
        rows(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid ="
                + " c.relnamespace WHERE c.oid IN ("
                + String.join(",", oids)
                + ") AND c.oid <> "
                + Sql.literal(view)
                + "::regclass ORDER BY 1, 2")) {
      reads.add(new Read(row[0], row[1]));
    }
    return reads;
  }

  /**
   * What a view calls that it must not, for a message; null if there is nothing.
   *
   * @param clock whether the view may depend on when it is read
   */
  String forbiddenCall(String view, boolean clock) throws SQLException {
    String tree = tree(view);
    if (tree.contains("{TABLESAMPLECLAUSE ")) {
      return "TABLESAMPLE gives other rows each time" + DEPENDS_ON_ROWS;
    }
    if (tree.contains("{NEXTVALUEEXPR ") || !clock && tree.contains("{SQLVALUEFUNCTION ")) {
      return "CURRENT_TIMESTAMP and its like depend on when they are computed" + DEPENDS_ON_ROWS;
    }
    Set<String> called = numbers(FUNCTION, tree);
    if (called.isEmpty()) {
      return null;
    }
    // of a function that is not the server's own, all that bear its name: which of them is called
    // may depend on the types that a piece is put between
    for (String[] row :
        rows(
            "SELECT DISTINCT o.proname, o.provolatile::text, n.nspname, o.pronargs::text"
                + " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_proc o ON"
                + " o.oid = p.oid OR n.nspname <> 'pg_catalog' AND o.pronamespace = p.pronamespace"
                + " AND o.proname = p.proname WHERE o.provolatile <> 'i' AND p.oid IN ("
                + String.join(",", called)
                + ") ORDER BY 1, 2, 3, 4")) {
      if (!isAllowed(row[0], row[1], row[2], row[3], clock)) {
        boolean isVolatile = row[1].equals("v");
        return "function %s() is %s%s"
            .formatted(row[0], isVolatile ? "volatile" : "not immutable", DEPENDS_ON_ROWS);
      }
    }
    return null;
  }

  private static boolean isAllowed(
      String name, String volatility, String schema, String arguments, boolean clock) {
    if (volatility.equals("v") || !schema.equals("pg_catalog")) {
      return false;
    }
    boolean sinceToday = name.equals("age") && arguments.equals("1");
    if (clock && (sinceToday || CLOCK.contains(name))) {
      return true;
    }
    return !sinceToday && PINNED.matcher(name).matches();
  }

  private static Set<String> numbers(Pattern pattern, String tree) {
    Set<String> numbers = new TreeSet<>();
    Matcher m = pattern.matcher(tree);
    while (m.find()) {
      if (!m.group(1).equals("0")) {
        numbers.add(m.group(1));
      }
    }
    return numbers;
  }

  private String tree(String view) throws SQLException {
    return rows("SELECT ev_action::text FROM pg_rewrite WHERE ev_class = "
            + Sql.literal(view)
            + "::regclass")
        .get(0)[0];
  }

  private List<String[]> rows(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      int width = rows.getMetaData().getColumnCount();
      List<String[]> all = new ArrayList<>();
      while (rows.next()) {
        String[] row = new String[width];
        for (int i = 0; i < width; i++) {
          row[i] = rows.getString(i + 1);
        }
        all.add(row);
      }
      return all;
    }
  }
}
