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
import java.util.Optional;
import java.util.TreeMap;
import org.postgresql.PGStatement;

/**
 * Runs the statements of a flush on one session, all of them in one round trip, and keeps the
 * prepared ones. For their time {@code search_path} finds mirrors and results; small flushes plan
 * for index lookups whatever the tables' size was when they were first planned.
 */
final class FlushSession {
  /**
   * What a small flush plans with. The staged tables have no statistics, so the planner takes them
   * for hundreds of rows or thousands; a hash join over a mirror would then seem worth its scan,
   * while among staged rows it is what keeps the cost in proportion to them. So reading many rows
   * is dear and looking one up is not; nothing is forbidden: the cost of a forbidden way drowns all
   * other differences.
   */
  private static final Map<String, String> PLANNER =
      new TreeMap<>(
          Map.of(
              "cpu_index_tuple_cost", "0.05",
              "cpu_tuple_cost", "0.1",
              "enable_mergejoin", "off",
              "jit", "off",
              "random_page_cost", "1",
              "seq_page_cost", "4"));

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
      sql.append(";\n").append(small ? "" : "/* large */ ").append(SqlText.escaped(statement));
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

  /**
   * Runs statements that may fail without failing the flush: what they did is then undone.
   *
   * @return what failed; empty if nothing did
   * @throws SQLException a fault of the system
   */
  Optional<String> attempt(List<String> statements) throws SQLException {
    execute("SAVEPOINT cdc_result");
    try {
      for (String statement : statements) {
        execute(statement);
      }
      execute("RELEASE SAVEPOINT cdc_result");
      return Optional.empty();
    } catch (SQLException e) {
      if (FaultOf.of(e) == FaultOf.SYSTEM) {
        throw e;
      }
      execute("ROLLBACK TO SAVEPOINT cdc_result");
      return Optional.of(FaultOf.message(e));
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
    StringBuilder sql = new StringBuilder();
    set(
        sql,
        "search_path",
        Sql.quote(options.mirrorSchema()) + ", " + Sql.quote(options.resultSchema()));
    if (small) {
      PLANNER.forEach((name, value) -> set(sql, name, value));
    }
    return sql.toString();
  }

  private static void set(StringBuilder sql, String name, String value) {
    sql.append(", set_config('cdc.previous_").append(name).append("', current_setting('");
    sql.append(name).append("'), true), set_config('").append(name).append("', ");
    sql.append(Sql.literal(value)).append(", true)");
  }

  private static String restored(boolean small) {
    StringBuilder sql = new StringBuilder("1");
    restore(sql, "search_path");
    if (small) {
      PLANNER.keySet().forEach(name -> restore(sql, name));
    }
    return sql.toString();
  }

  private static void restore(StringBuilder sql, String name) {
    sql.append(", set_config('").append(name).append("', current_setting('cdc.previous_");
    sql.append(name).append("'), true)");
  }
}
