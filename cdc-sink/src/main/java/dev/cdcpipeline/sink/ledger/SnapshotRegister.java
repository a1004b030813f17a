package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The snapshot that a sink is loading, and the register of the tables it is loaded into. All
 * methods run in the connection's transaction. Not thread-safe.
 */
public final class SnapshotRegister {

  /**
   * One loading table.
   *
   * @param table qualified and quoted
   * @param keys the source table's key columns
   */
  public record Loading(TableId source, String table, List<String> keys) {}

  private final Connection connection;
  private final String schema;
  private final String sink;
  private final String register;
  private final String snapshots;

  public SnapshotRegister(Connection connection, String schema, String sink) {
    this.connection = connection;
    this.schema = schema;
    this.sink = sink;
    this.register = SqlIdentifiers.qualified(schema, "snapshot_tables");
    this.snapshots = SqlIdentifiers.qualified(schema, "snapshots");
  }

  /** Records which snapshot is being loaded; a newer one replaces what was loaded of an older. */
  public void begin(Lsn lsn, boolean lastRowSeen) throws SQLException {
    Optional<SnapshotProgress> former = progress();
    if (former.isPresent() && !former.get().lsn().equals(lsn)) {
      drop();
    }
    String sql =
        "INSERT INTO "
            + snapshots
            + " AS s (sink, lsn, last_row_seen) VALUES (?, ?::pg_lsn, ?) ON CONFLICT (sink)"
            + " DO UPDATE SET last_row_seen = s.last_row_seen OR excluded.last_row_seen";
    try (PreparedStatement upsert = connection.prepareStatement(sql)) {
      upsert.setString(1, sink);
      upsert.setString(2, lsn.toString());
      upsert.setBoolean(3, lastRowSeen);
      upsert.executeUpdate();
    }
  }

  /** The snapshot being loaded, empty if there is none. */
  public Optional<SnapshotProgress> progress() throws SQLException {
    String sql = "SELECT lsn::text, last_row_seen FROM " + snapshots + " WHERE sink = ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, sink);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(
                new SnapshotProgress(Lsn.parse(row.getString(1)), row.getBoolean(2), rows()))
            : Optional.empty();
      }
    }
  }

  private Map<TableId, Long> rows() throws SQLException {
    String sql =
        "SELECT source_schema, source_table, rows_loaded FROM " + register + " WHERE sink = ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, sink);
      Map<TableId, Long> rows = new TreeMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          rows.put(new TableId(row.getString(1), row.getString(2)), row.getLong(3));
        }
      }
      return rows;
    }
  }

  /** Counts rows that were loaded of a source table. */
  public void add(TableId source, long rows) throws SQLException {
    String sql =
        "UPDATE "
            + register
            + " SET rows_loaded = rows_loaded + ? WHERE sink = ? AND source_schema = ?"
            + " AND source_table = ?";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setLong(1, rows);
      update.setString(2, sink);
      update.setString(3, source.schema());
      update.setString(4, source.name());
      update.executeUpdate();
    }
  }

  /** The loading tables there are. */
  public List<Loading> loaded() throws SQLException {
    String sql =
        "SELECT s.source_schema, s.source_table, s.loading_table,"
            + " (SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index i"
            + " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(attnum, place)"
            + " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
            + " WHERE i.indisprimary AND i.indrelid = (quote_ident(?) || '.' ||"
            + " quote_ident(s.loading_table))::regclass)"
            + " FROM "
            + register
            + " s WHERE s.sink = ? ORDER BY 1, 2";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, schema);
      select.setString(2, sink);
      List<Loading> loaded = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Array keys = row.getArray(4);
          loaded.add(
              new Loading(
                  new TableId(row.getString(1), row.getString(2)),
                  SqlIdentifiers.qualified(schema, row.getString(3)),
                  Arrays.asList((String[]) keys.getArray())));
        }
      }
      return loaded;
    }
  }

  /** Drops the loading tables: they are visible now. */
  public void drop() throws SQLException {
    List<Loading> loaded = loaded();
    try (Statement statement = connection.createStatement()) {
      for (Loading loading : loaded) {
        statement.execute("DROP TABLE " + loading.table());
      }
    }
    for (String table : List.of(register, snapshots)) {
      String sql = "DELETE FROM " + table + " WHERE sink = ?";
      try (PreparedStatement delete = connection.prepareStatement(sql)) {
        delete.setString(1, sink);
        delete.executeUpdate();
      }
    }
  }

  /** The loading table of a source table, qualified and quoted; empty if there is none yet. */
  public Optional<String> find(TableId source) throws SQLException {
    String find =
        "SELECT loading_table FROM "
            + register
            + " WHERE sink = ? AND source_schema = ? AND source_table = ?";
    try (PreparedStatement select = connection.prepareStatement(find)) {
      select.setString(1, sink);
      select.setString(2, source.schema());
      select.setString(3, source.name());
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(SqlIdentifiers.qualified(schema, row.getString(1)))
            : Optional.empty();
      }
    }
  }

  /** Names a loading table for a source table, which the caller creates; qualified and quoted. */
  public String enter(TableId source) throws SQLException {
    String insert =
        "INSERT INTO "
            + register
            + " (sink, source_schema, source_table, loading_table)"
            + " VALUES (?, ?, ?, 'snapshot_' || nextval(?::regclass)) RETURNING loading_table";
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setString(1, sink);
      statement.setString(2, source.schema());
      statement.setString(3, source.name());
      statement.setString(4, SqlIdentifiers.qualified(schema, "snapshot_ids"));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return SqlIdentifiers.qualified(schema, row.getString(1));
      }
    }
  }
}
