package dev.cdcpipeline.app.reconcile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.reconcile.RowDifference.Cell;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The verdicts of the comparison in the background, in the target: {@code cdc.comparison} has a row
 * for each table, {@code cdc.comparison_run} one that says what is being done. Values of rows are
 * not written there, only the keys of the first rows that differ. Not thread-safe.
 */
final class ComparisonBook implements AutoCloseable {

  /** Two comparisons of one target would do the same work twice. */
  private static final long LOCK = 0x6364635f636d70L;

  private static final String[] TABLES = {
    """
    CREATE TABLE IF NOT EXISTS cdc.comparison (
      target_table text PRIMARY KEY,
      compared_with text NOT NULL,
      state text NOT NULL,
      commit_lsn pg_lsn,
      compared_at timestamptz NOT NULL DEFAULT now(),
      rows bigint NOT NULL,
      differences bigint NOT NULL,
      undecided bigint NOT NULL,
      first_differences jsonb NOT NULL,
      problem text,
      different_since timestamptz,
      partitions text[]
    )\
    """,
    """
    CREATE TABLE IF NOT EXISTS cdc.comparison_run (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      started_at timestamptz NOT NULL DEFAULT now(),
      alive_at timestamptz NOT NULL DEFAULT now(),
      rounds bigint NOT NULL DEFAULT 0,
      doing text NOT NULL
    )\
    """,
  };

  private static final String PUT =
      """
      INSERT INTO cdc.comparison AS c (target_table, compared_with, state, commit_lsn, rows,
        differences, undecided, first_differences, problem, different_since)
      VALUES (?, ?, ?, ?::pg_lsn, ?, ?, ?, ?::jsonb, ?, CASE WHEN ? > 0 THEN now() END)
      ON CONFLICT (target_table) DO UPDATE SET compared_with = excluded.compared_with,
        state = excluded.state, commit_lsn = coalesce(excluded.commit_lsn, c.commit_lsn),
        compared_at = now(), rows = excluded.rows, differences = excluded.differences,
        undecided = excluded.undecided, first_differences = excluded.first_differences,
        problem = excluded.problem, different_since = CASE WHEN excluded.differences > 0
          THEN coalesce(c.different_since, excluded.different_since) END\
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String jdbcUrl;
  private Connection connection;

  /**
   * @param jdbcUrl the target, as a role that may create tables in schema cdc
   */
  ComparisonBook(String jdbcUrl) {
    this.jdbcUrl = jdbcUrl;
  }

  /**
   * Notes that a comparison begins, making the tables that are missing, and that it is the only one
   * of this target until the connection ends.
   *
   * @throws ReconcileException another one runs
   */
  void begin() throws SQLException {
    if (!Query.of("SELECT pg_try_advisory_lock(?)", LOCK).holds(open())) {
      throw new ReconcileException(
          "another comparison of this target runs in the background; end it first, or let it"
              + " go on: `cdc status` shows what it finds");
    }
    Query.of(
            "INSERT INTO cdc.comparison_run (doing) VALUES ('starting') ON CONFLICT (one) DO UPDATE"
                + " SET started_at = now(), alive_at = now(), rounds = 0, doing = excluded.doing")
        .run(open());
  }

  /** Notes what is being done. */
  void doing(String what, long rounds) throws SQLException {
    Query.of("UPDATE cdc.comparison_run SET alive_at = now(), doing = ?, rounds = ?", what, rounds)
        .run(open());
  }

  /** Writes a table's verdict in the place of the one before. */
  void put(Verdict verdict) throws SQLException {
    Query.of(
            PUT,
            verdict.table(),
            verdict.comparedWith(),
            verdict.state().name().toLowerCase(Locale.ROOT),
            verdict.commit().map(Lsn::toString).orElse(null),
            verdict.rows(),
            verdict.differences(),
            verdict.undecided(),
            first(verdict),
            verdict.problem().orElse(null),
            verdict.differences())
        .run(open());
  }

  /** Forgets tables that are not compared any more. */
  void keepOnly(Collection<String> tables) throws SQLException {
    Query.of("DELETE FROM cdc.comparison WHERE target_table <> ALL (?)", texts(tables)).run(open());
  }

  /**
   * Writes a mirror's verdict with what is wrong with the shape of its source table: for one that
   * differs, the partitions that came and went since it was equal.
   */
  void put(Verdict verdict, Optional<SourceShape> shape) throws SQLException {
    if (shape.isEmpty()) {
      put(verdict);
      return;
    }
    List<String> problems = new ArrayList<>();
    verdict.problem().ifPresent(problems::add);
    problems.addAll(shape.get().problems());
    if (verdict.state() == Verdict.State.DIFFERENT) {
      problems.addAll(shape.get().since(partitionsWhenEqual(verdict.table())));
    }
    put(verdict.with(problems));
    if (verdict.state() == Verdict.State.EQUAL) {
      Query.of(
              "UPDATE cdc.comparison SET partitions = ? WHERE target_table = ?",
              texts(shape.get().partitions()),
              verdict.table())
          .run(open());
    }
  }

  private Array texts(Collection<String> texts) throws SQLException {
    return open().createArrayOf("text", texts.toArray());
  }

  private Optional<List<String>> partitionsWhenEqual(String table) throws SQLException {
    String select =
        "SELECT partitions FROM cdc.comparison WHERE target_table = ? AND partitions IS NOT NULL";
    return Query.of(select, table)
        .first(open(), row -> List.of((String[]) row.getArray(1).getArray()));
  }

  /** When each table was compared last, in seconds since 1970. */
  Map<String, Double> lastCompared() throws SQLException {
    Map<String, Double> last = new HashMap<>();
    Query.of("SELECT target_table, extract(epoch FROM compared_at) FROM cdc.comparison")
        .forEach(open(), row -> last.put(row.getString(1), row.getDouble(2)));
    return last;
  }

  /** The rows that differ, without any value but their keys. */
  private static String first(Verdict verdict) {
    ArrayNode all = JSON.createArrayNode();
    for (RowDifference difference : verdict.first()) {
      ObjectNode row = all.addObject();
      row.put("kind", difference.kind().name().toLowerCase(Locale.ROOT));
      ObjectNode key = row.putObject("key");
      ArrayNode columns = row.putArray("columns");
      for (Cell cell : difference.cells()) {
        if (cell.key()) {
          key.put(cell.column(), cell.source() == null ? cell.target() : cell.source());
        } else if (difference.kind() == RowDifference.Kind.DIFFERENT) {
          columns.add(cell.column());
        }
      }
    }
    return all.toString();
  }

  private Connection open() throws SQLException {
    if (connection == null) {
      Properties properties = new Properties();
      properties.setProperty("ApplicationName", "cdc reconcile --watch");
      properties.setProperty("connectTimeout", "10");
      properties.setProperty("tcpKeepAlive", "true");
      connection = DriverManager.getConnection(jdbcUrl, properties);
      for (String table : TABLES) {
        String name = table.substring("CREATE TABLE IF NOT EXISTS ".length(), table.indexOf(" ("));
        // IF NOT EXISTS alone asks for the right to create
        if (!Query.isThere(connection, name)) {
          Query.of(table).run(connection);
        }
      }
    }
    return connection;
  }

  @Override
  public void close() {
    Connection closing = connection;
    connection = null;
    if (closing != null) {
      try {
        closing.close();
      } catch (SQLException e) {
        // it is not used again, whatever became of it
        return;
      }
    }
  }
}
