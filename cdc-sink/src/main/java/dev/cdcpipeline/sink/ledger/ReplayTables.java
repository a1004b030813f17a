package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.DdlLock;
import dev.cdcpipeline.sink.postgres.MirrorColumns;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.TableCatalog;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.TargetTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tables, the type and the functions by which mirrors tell changes that come late or again: the
 * positions of deleted keys and of truncates, and since when a table has a column. All tasks of all
 * sinks share them.
 */
public final class ReplayTables {
  private static final int FORGET_AT_ONCE = 20_000;

  private final Connection connection;
  private final String schema;

  public ReplayTables(Connection connection, String schema) {
    this.connection = connection;
    this.schema = schema;
  }

  /** Creates what is missing, in the connection's transaction and under its DDL lock. */
  static void create(Statement statement, String schema) throws SQLException {
    String s = SqlIdentifiers.quote(schema) + ".";
    String position = s + "source_position";
    statement.execute(
        """
        DO $do$ BEGIN
          IF to_regtype(%s) IS NULL THEN
            CREATE TYPE %s AS (
              epoch integer, previous_commit pg_lsn, lsn pg_lsn, total_order bigint);
          END IF;
        END $do$\
        """
            .formatted(SqlIdentifiers.literal(position), position));
    statement.execute(isRepeat(s + "is_repeat", position));
    statement.execute(isBelow(s + "is_below", position));
    statement.execute(
        """
        CREATE TABLE IF NOT EXISTS %sdeleted_keys (
          target_schema text NOT NULL,
          target_table text NOT NULL,
          key jsonb NOT NULL,
          position %s NOT NULL,
          deleted_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (target_schema, target_table, key)
        )\
        """
            .formatted(s, position));
    statement.execute(
        "CREATE INDEX IF NOT EXISTS deleted_keys_age ON " + s + "deleted_keys (deleted_at)");
    statement.execute(
        """
        CREATE TABLE IF NOT EXISTS %struncates (
          target_schema text NOT NULL,
          target_table text NOT NULL,
          position %s NOT NULL,
          truncated_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (target_schema, target_table)
        )\
        """
            .formatted(s, position));
    statement.execute(
        """
        CREATE TABLE IF NOT EXISTS %smirror_columns (
          target_schema text NOT NULL,
          target_table text NOT NULL,
          column_name text NOT NULL,
          since_lsn pg_lsn NOT NULL,
          PRIMARY KEY (target_schema, target_table, column_name)
        )\
        """
            .formatted(s));
  }

  // previous_commit is NULL where it is not known, total_order where a snapshot read the row
  private static String isRepeat(String name, String position) {
    String change =
        "ROW((change).previous_commit, (change).lsn, coalesce((change).total_order, 0))";
    String known =
        "ROW(coalesce((known).previous_commit, (known).lsn), (known).lsn,"
            + " coalesce((known).total_order, 0))";
    return """
    CREATE OR REPLACE FUNCTION %1$s(change %2$s, known %2$s) RETURNS boolean
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $fn$
      SELECT CASE
        WHEN (change).previous_commit IS NULL THEN
          (known).previous_commit IS NULL AND (change).epoch = (known).epoch
            AND ROW((change).lsn, (change).total_order)
              <= ROW((known).lsn, (known).total_order)
        WHEN (change).epoch <> (known).epoch THEN (change).epoch < (known).epoch
        WHEN (change).total_order IS NULL THEN %3$s <= %4$s OR (known).lsn > (change).lsn
        WHEN (known).total_order IS NULL THEN
          (change).lsn <= (known).lsn AND (change).previous_commit < (known).lsn
        ELSE %3$s <= %4$s
      END $fn$\
    """
        .formatted(name, position, change, known);
  }

  // a snapshot's announcement has no total_order: it leaves what may have been committed after it
  private static String isBelow(String name, String position) {
    return """
    CREATE OR REPLACE FUNCTION %1$s(change %2$s, truncate %2$s) RETURNS boolean
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $fn$
      SELECT CASE
        WHEN (change).epoch <> (truncate).epoch THEN (change).epoch < (truncate).epoch
        ELSE (change).lsn <= (truncate).lsn
          AND ((truncate).total_order IS NOT NULL
            OR coalesce((change).previous_commit <= (truncate).lsn, false))
      END $fn$\
    """
        .formatted(name, position);
  }

  /** The type of {@code _cdc_position}, qualified and quoted. */
  public String positionType() {
    return qualified("source_position");
  }

  public String qualified(String name) {
    return SqlIdentifiers.qualified(schema, name);
  }

  /**
   * Removes the rows that a TRUNCATE has removed at the source, and remembers it against those that
   * come late. The caller has the table's lock.
   *
   * @return rows deleted
   */
  public long truncate(TableId table, ReplayPosition at) throws SQLException {
    String remember =
        """
        INSERT INTO %1$s AS f (target_schema, target_table, position) VALUES (?, ?, ?::%2$s)
        ON CONFLICT (target_schema, target_table) DO UPDATE
        SET position = excluded.position, truncated_at = now()
        WHERE NOT %3$s(excluded.position, f.position)\
        """
            .formatted(qualified("truncates"), positionType(), qualified("is_below"));
    try (PreparedStatement insert = connection.prepareStatement(remember)) {
      insert.setString(1, table.schema());
      insert.setString(2, table.name());
      insert.setString(3, at.literal());
      insert.executeUpdate();
    }
    TableCatalog catalog = new TableCatalog(connection);
    if (catalog.find(table).isEmpty()) {
      return 0;
    }
    String delete =
        "DELETE FROM %s WHERE %s(%s, ?::%s) IS NOT FALSE"
            .formatted(
                SqlIdentifiers.qualified(table.schema(), table.name()),
                qualified("is_below"),
                MirrorColumns.POSITION,
                positionType());
    try (PreparedStatement rows = connection.prepareStatement(delete)) {
      rows.setString(1, at.literal());
      return rows.executeLargeUpdate();
    }
  }

  /**
   * Forgets some of the keys that were deleted longer ago than the horizon; several tasks may do so
   * at once.
   *
   * @return how many
   */
  public int forgetDeleted(Duration horizon) throws SQLException {
    String table = qualified("deleted_keys");
    String delete =
        """
        DELETE FROM %1$s WHERE (target_schema, target_table, key) IN (
          SELECT target_schema, target_table, key FROM %1$s
          WHERE deleted_at < now() - ? * interval '1 millisecond'
          LIMIT %2$d FOR UPDATE SKIP LOCKED)\
        """
            .formatted(table, FORGET_AT_ONCE);
    try (PreparedStatement forget = connection.prepareStatement(delete)) {
      forget.setLong(1, horizon.toMillis());
      return forget.executeUpdate();
    }
  }

  /**
   * Takes down that the columns of a row type were there at a place of the source's log. A column
   * is added and dropped while nobody else has the table, so that a change without it is older than
   * the column exactly if it stands before the first one with it. A mirror's column that was never
   * there is somebody's own.
   *
   * @return since when the table's columns are there
   */
  public Map<String, Lsn> columnsSeen(TargetTable table, RowType type, Lsn at) throws SQLException {
    Map<String, Lsn> since = since(table.id());
    Map<String, Lsn> earlier = new TreeMap<>();
    if (since.isEmpty() && isMade(table.id())) {
      // by a version that did not take them down
      table.columns().stream()
          .map(TargetColumn::name)
          .filter(name -> !name.startsWith(MirrorColumns.RESERVED_PREFIX))
          .forEach(name -> earlier.put(name, new Lsn(0)));
    }
    type.columns().stream()
        .map(Column::name)
        .filter(name -> !since.containsKey(name) || since.get(name).compareTo(at) > 0)
        .forEach(name -> earlier.put(name, at));
    if (earlier.isEmpty()) {
      return since;
    }
    try (Statement statement = connection.createStatement()) {
      DdlLock.take(statement);
    }
    String upsert =
        """
        INSERT INTO %s AS c (target_schema, target_table, column_name, since_lsn)
        VALUES (?, ?, ?, ?::pg_lsn)
        ON CONFLICT (target_schema, target_table, column_name) DO UPDATE
        SET since_lsn = least(c.since_lsn, excluded.since_lsn)\
        """
            .formatted(qualified("mirror_columns"));
    try (PreparedStatement insert = connection.prepareStatement(upsert)) {
      for (Map.Entry<String, Lsn> column : earlier.entrySet()) {
        insert.setString(1, table.id().schema());
        insert.setString(2, table.id().name());
        insert.setString(3, column.getKey());
        insert.setString(4, column.getValue().toString());
        insert.addBatch();
      }
      insert.executeBatch();
    }
    return since(table.id());
  }

  /** Whether a sink has made the table, so that all columns of before are the source's. */
  private boolean isMade(TableId table) throws SQLException {
    String sql =
        "SELECT FROM "
            + qualified("schema_changes")
            + " WHERE target_schema = ? AND target_table = ? AND statement LIKE 'CREATE TABLE%'";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, table.schema());
      select.setString(2, table.name());
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  /** Since when a mirror's columns are there at the source; none if none was taken down. */
  public Map<String, Lsn> since(TableId table) throws SQLException {
    String sql =
        "SELECT column_name, since_lsn::text FROM "
            + qualified("mirror_columns")
            + " WHERE target_schema = ? AND target_table = ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, table.schema());
      select.setString(2, table.name());
      Map<String, Lsn> since = new HashMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          since.put(row.getString(1), Lsn.parse(row.getString(2)));
        }
      }
      return new TreeMap<>(since);
    }
  }
}
