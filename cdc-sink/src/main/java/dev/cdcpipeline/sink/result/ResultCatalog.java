package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.postgres.Schemas;
import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The definitions as the target database holds them, and the requests to change them. Commands
 * write requests; the running sink carries them out at its next commit boundary and notes the
 * outcome. Nothing here commits, except that {@link #apply}, {@link #rebuild} and {@link #remove}
 * do when the connection is in autocommit.
 */
public final class ResultCatalog {
  private final ResultOptions options;

  public ResultCatalog(ResultOptions options) {
    this.options = options;
  }

  /** A request and what became of it; the outcome is empty until the sink has carried it out. */
  public record Request(long id, String action, String name, Optional<String> outcome) {}

  /** Creates the catalogue's tables where they are missing. */
  public void createObjects(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (exists(connection)) {
        return;
      }
      Schemas.create(connection, options.catalogueSchema());
      Schemas.create(connection, options.resultSchema());
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + results()
              + " (name text PRIMARY KEY, kind text NOT NULL, file text NOT NULL, definition text"
              + " NOT NULL, checksum text NOT NULL, state text NOT NULL, error text, error_position"
              + " pg_lsn, built_at timestamptz, build_ms bigint NOT NULL DEFAULT 0)");
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + requests()
              + " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, action text NOT NULL, name"
              + " text NOT NULL, file text, definition text, requested_at timestamptz NOT NULL"
              + " DEFAULT now(), done_at timestamptz, outcome text)");
      statement.execute(
          "CREATE INDEX IF NOT EXISTS result_requests_open ON "
              + requests()
              + " (id) WHERE done_at IS NULL");
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + ViolationSql.pendingTable(options)
              + " (rule text, source_table text, row_key text, detail text, since timestamptz NOT"
              + " NULL, PRIMARY KEY (rule, source_table, row_key))");
      statement.execute(
          "CREATE INDEX IF NOT EXISTS pending_violations_since ON "
              + ViolationSql.pendingTable(options)
              + " (rule, source_table, since)");
    }
  }

  /** Whether a sink has created the catalogue. */
  public boolean exists(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT to_regclass(?) IS NOT NULL AND to_regclass(?) IS NOT NULL"
                + " AND to_regclass(?) IS NOT NULL")) {
      statement.setString(1, results());
      statement.setString(2, requests());
      statement.setString(3, ViolationSql.pendingTable(options));
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  /** All results, by name. */
  public List<CatalogueEntry> list(Connection connection) throws SQLException {
    List<CatalogueEntry> entries = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT file, definition, state, error, error_position::text, built_at, build_ms"
                    + " FROM "
                    + results()
                    + " ORDER BY name")) {
      while (rows.next()) {
        Timestamp built = rows.getTimestamp(6);
        entries.add(
            new CatalogueEntry(
                ResultFile.parse(rows.getString(1), rows.getString(2)),
                State.valueOf(rows.getString(3).toUpperCase(Locale.ROOT)),
                Optional.ofNullable(rows.getString(4)),
                Optional.ofNullable(rows.getString(5)),
                Optional.ofNullable(built).map(Timestamp::toInstant),
                rows.getLong(7)));
      }
    }
    return entries;
  }

  /**
   * Asks the sink to make its results those of a directory: new and changed ones are built, those
   * that are not among the definitions are removed.
   *
   * @return one request per result that changes; none if nothing does
   */
  public List<Request> apply(Connection connection, List<ResultDefinition> definitions)
      throws SQLException {
    Map<String, ResultDefinition> known = new HashMap<>();
    for (CatalogueEntry entry : list(connection)) {
      known.put(entry.name(), entry.definition());
    }
    List<Request> requests = new ArrayList<>();
    for (ResultDefinition definition : definitions) {
      ResultDefinition before = known.remove(definition.name());
      if (before == null || !before.checksum().equals(definition.checksum())) {
        requests.add(request(connection, "apply", definition.name(), definition));
      }
    }
    List<ResultDefinition> gone = new ArrayList<>(ResultOrder.sort(known.values()));
    Collections.reverse(gone);
    for (ResultDefinition definition : gone) {
      requests.add(request(connection, "remove", definition.name(), null));
    }
    return requests;
  }

  /** Asks the sink to compute a result in full, whatever its state. */
  public Request rebuild(Connection connection, String name) throws SQLException {
    return request(connection, "rebuild", name, null);
  }

  /** Asks the sink to drop a result and forget its definition. */
  public Request remove(Connection connection, String name) throws SQLException {
    return request(connection, "remove", name, null);
  }

  /** What became of these requests. */
  public List<Request> outcomes(Connection connection, List<Request> asked) throws SQLException {
    String sql =
        "SELECT id, action, name, outcome FROM " + requests() + " WHERE id = ANY (?) ORDER BY id";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setArray(
          1, connection.createArrayOf("bigint", asked.stream().map(Request::id).toArray()));
      return read(statement);
    }
  }

  List<Request> open(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT id, action, name, outcome FROM "
                + requests()
                + " WHERE done_at IS NULL ORDER BY id")) {
      return read(statement);
    }
  }

  /** The statement that tells whether a request is open. */
  String openSql() {
    return "SELECT EXISTS (SELECT FROM " + requests() + " WHERE done_at IS NULL) AS open_requests";
  }

  ResultDefinition requested(Connection connection, Request request) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT file, definition FROM " + requests() + " WHERE id = ?")) {
      statement.setLong(1, request.id());
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return ResultFile.parse(rows.getString(1), rows.getString(2));
      }
    }
  }

  void done(Connection connection, Request request, String outcome) throws SQLException {
    update(
        connection,
        "UPDATE " + requests() + " SET done_at = now(), outcome = ? WHERE id = ?",
        outcome,
        request.id());
  }

  void put(Connection connection, ResultDefinition d, String why) throws SQLException {
    update(
        connection,
        "INSERT INTO "
            + results()
            + " (name, kind, file, definition, checksum, state, error) VALUES (?, ?, ?, ?, ?,"
            + " 'waiting', ?) ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, file ="
            + " excluded.file, definition = excluded.definition, checksum = excluded.checksum,"
            + " state = 'waiting', error = excluded.error, error_position = NULL",
        d.name(),
        d.kind().word(),
        d.file(),
        d.text(),
        d.checksum(),
        why);
  }

  void waiting(Connection connection, String name, String why) throws SQLException {
    update(
        connection,
        "UPDATE "
            + results()
            + " SET state = 'waiting', error = ? WHERE name = ?"
            + " AND (state, error) IS DISTINCT FROM ('waiting', ?)",
        why,
        name,
        why);
  }

  void active(Connection connection, String name, long buildMillis) throws SQLException {
    update(
        connection,
        "UPDATE "
            + results()
            + " SET state = 'active', error = NULL, error_position = NULL, built_at = now(),"
            + " build_ms = ? WHERE name = ?",
        buildMillis,
        name);
  }

  void failed(Connection connection, String name, String error, String position)
      throws SQLException {
    update(
        connection,
        "UPDATE "
            + results()
            + " SET state = 'failed', error = ?, error_position = ?::pg_lsn WHERE name = ?",
        error,
        position,
        name);
  }

  void forget(Connection connection, String name) throws SQLException {
    update(connection, "DELETE FROM " + results() + " WHERE name = ?", name);
  }

  private Request request(
      Connection connection, String action, String name, ResultDefinition definition)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + requests()
            + " (action, name, file, definition) VALUES (?, ?, ?, ?) RETURNING id";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, action);
      statement.setString(2, name);
      statement.setString(3, definition == null ? null : definition.file());
      statement.setString(4, definition == null ? null : definition.text());
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return new Request(rows.getLong(1), action, name, Optional.empty());
      }
    }
  }

  private static List<Request> read(PreparedStatement statement) throws SQLException {
    List<Request> requests = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        requests.add(
            new Request(
                rows.getLong(1),
                rows.getString(2),
                rows.getString(3),
                Optional.ofNullable(rows.getString(4))));
      }
    }
    return requests;
  }

  private static void update(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.executeUpdate();
    }
  }

  private String results() {
    return Sql.quote(options.catalogueSchema(), "results");
  }

  private String requests() {
    return Sql.quote(options.catalogueSchema(), "result_requests");
  }
}
