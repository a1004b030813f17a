package dev.cdcpipeline.sink.result;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.PGStatement;

/**
 * Runs the statements of a flush on one session, all of them in one round trip, and keeps the
 * prepared ones. For their time {@code search_path} finds mirrors and results; small flushes plan
 * for index lookups whatever the tables' size was when they were first planned.
 */
final class FlushSession {
  private static final List<String> PLANNER =
      List.of("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit");

  private final Connection connection;
  private final ResultOptions options;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  FlushSession(Connection connection, ResultOptions options) {
    this.connection = connection;
    this.options = options;
  }

  /**
   * The whole flush as one text.
   *
   * @param last a query whose only value tells something more, run when the results are done
   */
  String text(List<String> statements, boolean small, String last) {
    StringBuilder sql = new StringBuilder("SAVEPOINT cdc_results;\n");
    sql.append(
        "SELECT set_config('cdc.flush_lsn', ?, true), set_config('cdc.flush_clock', ?, true)");
    sql.append(settings(small));
    for (String statement : statements) {
      sql.append(";\n").append(small ? "" : "/* large */ ").append(escaped(statement));
    }
    sql.append(";\nSELECT ").append(restored(small));
    return sql.append(";\nRELEASE SAVEPOINT cdc_results;\n").append(last).toString();
  }

  /**
   * Runs a text made by {@link #text}.
   *
   * @return the value of its last query
   */
  boolean run(String text, boolean small, String lsn, Instant clock) throws SQLException {
    if (small) {
      PreparedStatement statement = prepared.get(text);
      if (statement == null) {
        statement = connection.prepareStatement(text);
        statement.unwrap(PGStatement.class).setPrepareThreshold(1);
        prepared.put(text, statement);
      }
      return run(statement, lsn, clock);
    }
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      statement.unwrap(PGStatement.class).setPrepareThreshold(0);
      return run(statement, lsn, clock);
    }
  }

  private static boolean run(PreparedStatement statement, String lsn, Instant clock)
      throws SQLException {
    statement.setString(1, lsn);
    statement.setString(2, clock.toString());
    boolean last = false;
    boolean rows = statement.execute();
    while (rows || statement.getUpdateCount() >= 0) {
      if (rows) {
        try (ResultSet result = statement.getResultSet()) {
          if (result.next() && result.getMetaData().getColumnCount() == 1) {
            last = "t".equals(result.getString(1));
          }
        }
      }
      rows = statement.getMoreResults();
    }
    return last;
  }

  /** Sets what {@link #text} sets, for statements that are run one by one. */
  void begin(String lsn, Instant clock, boolean small) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT set_config('cdc.flush_lsn', ?, true), set_config('cdc.flush_clock', ?, true)"
                + settings(small))) {
      statement.setString(1, lsn);
      statement.setString(2, clock.toString());
      statement.execute();
    }
  }

  /** Undoes {@link #begin}. */
  void end(boolean small) throws SQLException {
    execute("SELECT " + restored(small));
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Forgets the prepared statements; they are made anew when needed. */
  void clear() throws SQLException {
    for (PreparedStatement statement : prepared.values()) {
      statement.close();
    }
    prepared.clear();
  }

  private String settings(boolean small) {
    StringBuilder sql =
        new StringBuilder(
            ", set_config('cdc.previous_search_path', current_setting('search_path'), true)"
                + ", set_config('search_path', "
                + Sql.literal(
                    Sql.quote(options.mirrorSchema()) + ", " + Sql.quote(options.resultSchema()))
                + ", true)");
    if (small) {
      PLANNER.forEach(s -> sql.append(", set_config('").append(s).append("', 'off', true)"));
    }
    return sql.toString();
  }

  private static String restored(boolean small) {
    StringBuilder sql =
        new StringBuilder(
            "set_config('search_path', current_setting('cdc.previous_search_path'), true), 1");
    if (small) {
      PLANNER.forEach(s -> sql.append(", set_config('").append(s).append("', 'on', true)"));
    }
    return sql.toString();
  }

  /** Doubles each question mark outside literals, which the driver takes for a parameter. */
  private static String escaped(String sql) {
    if (sql.indexOf('?') < 0) {
      return sql;
    }
    StringBuilder escaped = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '-' && sql.startsWith("--", i)) {
        int end = sql.indexOf('\n', i);
        end = end < 0 ? sql.length() : end;
        escaped.append(sql, i, end);
        i = end - 1;
        continue;
      } else if (c == '?') {
        escaped.append('?');
      }
      escaped.append(c);
    }
    return escaped.toString();
  }
}
