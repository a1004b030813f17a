package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.result.CatalogueEntry.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The definitions as the target database holds them, and the requests to change them. Commands
 * write requests; the running sink carries them out at its next commit boundary and notes the
 * outcome. Each sink has its own. Nothing here commits, except that {@link #apply}, {@link
 * #rebuild}, {@link #remove} and {@link #settle} do when the connection is in autocommit.
 */
public final class ResultCatalog {
  private final CatalogueSchema schema;
  private final String sink;
  private final LogGaps gaps;

  /** The catalogue of the options' sink. */
  public ResultCatalog(ResultOptions options) {
    this.schema = new CatalogueSchema(options);
    this.sink = options.sink();
    this.gaps = new LogGaps(schema, sink);
  }

  /** A request and what became of it; the outcome is empty until the sink has carried it out. */
  public record Request(long id, String action, String name, Optional<String> outcome) {}

  /** Creates the catalogue's tables where they are missing. */
  public void createObjects(Connection connection) throws SQLException {
    schema.create(connection);
  }

  /** Whether a sink has created the catalogue, as this version knows it. */
  public boolean exists(Connection connection) throws SQLException {
    return schema.exists(connection);
  }

  /** The sinks that can have results: those that write whole transactions, by name. */
  public List<String> sinks(Connection connection) throws SQLException {
    String sql =
        "SELECT sink FROM %s UNION SELECT sink FROM %s ORDER BY 1"
            .formatted(schema.results(), schema.position());
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> sinks = new ArrayList<>();
      while (rows.next()) {
        sinks.add(rows.getString(1));
      }
      return sinks;
    }
  }

  /** All results, by name. */
  public List<CatalogueEntry> list(Connection connection) throws SQLException {
    List<CatalogueEntry> entries = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT file, definition, state, error, error_position::text, built_at, build_ms,"
                + " file_absent_since FROM "
                + schema.results()
                + " WHERE sink = ? ORDER BY name")) {
      statement.setString(1, sink);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          entries.add(entry(rows));
        }
      }
    }
    return entries;
  }

  private static CatalogueEntry entry(ResultSet row) throws SQLException {
    Timestamp built = row.getTimestamp(6);
    Timestamp absent = row.getTimestamp(8);
    return new CatalogueEntry(
        ResultFile.parse(row.getString(1), row.getString(2)),
        State.valueOf(row.getString(3).toUpperCase(Locale.ROOT)),
        Optional.ofNullable(row.getString(4)),
        Optional.ofNullable(row.getString(5)),
        Optional.ofNullable(built).map(Timestamp::toInstant),
        row.getLong(7),
        Optional.ofNullable(absent).map(Timestamp::toInstant));
  }

  /**
   * Asks the sink to build the definitions of a directory that are new or changed. A result that is
   * not among them stays as it is: {@link #remove} asks for its removal.
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
      ResultDefinition before = known.get(definition.name());
      if (before == null || !before.checksum().equals(definition.checksum())) {
        requests.add(request(connection, "apply", definition.name(), definition));
      }
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
        "SELECT id, action, name, outcome FROM "
            + schema.requests()
            + " WHERE id = ANY (?) ORDER BY id";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setArray(
          1, connection.createArrayOf("bigint", asked.stream().map(Request::id).toArray()));
      return read(statement);
    }
  }

  /** What the sink's logs have missed and nobody has settled. */
  public List<LogGap> gaps(Connection connection) throws SQLException {
    return gaps.open(connection);
  }

  /**
   * Settles what a log has missed: it is no longer reported, and stays on record.
   *
   * @param note why, for those who look later
   * @return whether it had missed anything
   */
  public boolean settle(Connection connection, String log, String note) throws SQLException {
    return gaps.settle(connection, log, note);
  }

  LogGaps logGaps() {
    return gaps;
  }

  List<Request> open(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT id, action, name, outcome FROM "
                + schema.requests()
                + " WHERE done_at IS NULL AND sink = ? ORDER BY id")) {
      statement.setString(1, sink);
      return read(statement);
    }
  }

  /** The statement that tells whether a request is open. */
  String openSql() {
    return "SELECT EXISTS (SELECT FROM "
        + schema.requests()
        + " WHERE done_at IS NULL AND sink = "
        + Sql.literal(sink)
        + ") AS open_requests";
  }

  ResultDefinition requested(Connection connection, Request request) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT file, definition FROM " + schema.requests() + " WHERE id = ?")) {
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
        "UPDATE " + schema.requests() + " SET done_at = now(), outcome = ? WHERE id = ?",
        outcome,
        request.id());
  }

  void put(Connection connection, ResultDefinition d, String why) throws SQLException {
    update(
        connection,
        "INSERT INTO "
            + schema.results()
            + " (sink, name, kind, file, definition, checksum, state, error) VALUES (?, ?, ?, ?, ?,"
            + " ?, 'waiting', ?) ON CONFLICT (sink, name) DO UPDATE SET kind = excluded.kind, file"
            + " = excluded.file, definition = excluded.definition, checksum = excluded.checksum,"
            + " state = 'waiting', error = excluded.error, error_position = NULL, file_absent_since"
            + " = NULL",
        sink,
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
            + schema.results()
            + " SET state = 'waiting', error = ? WHERE sink = ? AND name = ?"
            + " AND (state, error) IS DISTINCT FROM ('waiting', ?)",
        why,
        sink,
        name,
        why);
  }

  void active(Connection connection, String name, long buildMillis) throws SQLException {
    update(
        connection,
        "UPDATE "
            + schema.results()
            + " SET state = 'active', error = NULL, error_position = NULL, built_at = now(),"
            + " build_ms = ? WHERE sink = ? AND name = ?",
        buildMillis,
        sink,
        name);
  }

  void failed(Connection connection, String name, String error, String position)
      throws SQLException {
    update(
        connection,
        "UPDATE "
            + schema.results()
            + " SET state = 'failed', error = ?, error_position = ?::pg_lsn WHERE sink ="
            + " ? AND name = ?",
        error,
        position,
        sink,
        name);
  }

  void forget(Connection connection, String name) throws SQLException {
    update(
        connection, "DELETE FROM " + schema.results() + " WHERE sink = ? AND name = ?", sink, name);
  }

  /** Notes which results have no file where the sink looks for them; they are maintained anyway. */
  void filesAre(Connection connection, List<String> names) throws SQLException {
    update(
        connection,
        "UPDATE "
            + schema.results()
            + " SET file_absent_since = CASE WHEN name = ANY (?::text[]) THEN NULL ELSE"
            + " coalesce(file_absent_since, now()) END WHERE sink = ?",
        connection.createArrayOf("text", names.toArray()),
        sink);
  }

  private Request request(
      Connection connection, String action, String name, ResultDefinition definition)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + schema.requests()
            + " (sink, action, name, file, definition) VALUES (?, ?, ?, ?, ?) RETURNING id";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sink);
      statement.setString(2, action);
      statement.setString(3, name);
      statement.setString(4, definition == null ? null : definition.file());
      statement.setString(5, definition == null ? null : definition.text());
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
}
