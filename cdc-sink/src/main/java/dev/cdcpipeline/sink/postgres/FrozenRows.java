package dev.cdcpipeline.sink.postgres;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * Makes the rows of a table that was rewritten visible to every snapshot, older ones too. After an
 * {@code ALTER TABLE} that rewrites, a transaction that began before it finds the table empty: all
 * rows are younger than its snapshot. {@code COPY … FREEZE} is the one way to write rows that are
 * not.
 *
 * <p>It is right only if the rows are those that older snapshots saw: first {@link OlderSnapshots
 * wait} for those from before the last change of the table.
 */
public final class FrozenRows {
  private static final String COPY_TABLE = "pg_temp.cdc_frozen";
  // rows are read back in pieces of as many blocks, about 8 MB and what is stored out of line
  private static final long BLOCKS = 1_024;

  // what COPY FREEZE or TRUNCATE refuses, or what they would do more than is asked for
  private static final String POSSIBLE =
      """
      SELECT c.relkind = 'r' AND NOT c.relhassubclass AND NOT c.relforcerowsecurity
        AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = c.oid)
      FROM pg_class c WHERE c.oid = ?::regclass\
      """;
  private static final String COLUMNS =
      """
      SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''\
      """;
  private static final String TRIGGERS =
      """
      SELECT quote_ident(tgname),
        CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END
      FROM pg_trigger WHERE tgrelid = ?::regclass AND NOT tgisinternal AND tgenabled <> 'D'\
      """;

  private final Connection connection;

  /** For tables of this connection's database, in its transaction; its role must own them. */
  public FrozenRows(Connection connection) {
    this.connection = connection;
  }

  /**
   * Whether {@link #freeze} can be used on a table: not on a partitioned one or one with children,
   * nor where row security holds for the owner or where a foreign key refers to it.
   *
   * @param table qualified and quoted
   */
  public boolean possible(String table) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(POSSIBLE)) {
      select.setString(1, table);
      try (ResultSet row = select.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /**
   * Writes the table's rows once more, so that every snapshot sees them when the transaction
   * commits. The table's triggers don't fire.
   *
   * @param table qualified and quoted; locked by the transaction for itself alone, no savepoint
   *     since
   * @throws SQLException roll back
   */
  public void freeze(String table) throws SQLException {
    String columns = text(COLUMNS, table);
    Map<String, String> triggers = triggers(table);
    for (String trigger : triggers.keySet()) {
      execute("ALTER TABLE " + table + " DISABLE TRIGGER " + trigger);
    }
    // a timeout that is made for flushes would stop a large table at each try
    execute("SET LOCAL statement_timeout = 0");
    execute("CREATE TEMP TABLE cdc_frozen AS SELECT " + columns + " FROM ONLY " + table);
    execute("TRUNCATE ONLY " + table);
    copy(table, columns);
    execute("DROP TABLE " + COPY_TABLE);
    for (Map.Entry<String, String> trigger : triggers.entrySet()) {
      execute(
          "ALTER TABLE %s %s TRIGGER %s".formatted(table, trigger.getValue(), trigger.getKey()));
    }
    execute("ANALYZE " + table);
  }

  private void copy(String table, String columns) throws SQLException {
    CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
    long blocks =
        Long.parseLong(
            text(
                "SELECT pg_relation_size(?::regclass) / current_setting('block_size')::bigint",
                COPY_TABLE));
    try {
      // one connection can't read and write at once, and memory has no room for every row
      Path piece = Files.createTempFile("cdc-sink-rows-", ".copy");
      try {
        for (long from = 0; from < blocks; from += BLOCKS) {
          try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(piece))) {
            copy.copyOut(
                "COPY (SELECT * FROM %s WHERE ctid >= '(%d,0)' AND ctid < '(%d,0)') TO STDOUT"
                    .formatted(COPY_TABLE, from, from + BLOCKS),
                out);
          }
          try (InputStream in = new BufferedInputStream(Files.newInputStream(piece))) {
            copy.copyIn("COPY %s (%s) FROM STDIN (FREEZE)".formatted(table, columns), in);
          }
        }
      } finally {
        Files.delete(piece);
      }
    } catch (IOException e) {
      throw new TransientWriteException(
          "cannot rewrite %s: its rows pass through a file in %s of this machine: %s; free disk space there, or set java.io.tmpdir"
              .formatted(table, System.getProperty("java.io.tmpdir"), e),
          null,
          false,
          e);
    }
  }

  private Map<String, String> triggers(String table) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(TRIGGERS)) {
      select.setString(1, table);
      Map<String, String> triggers = new LinkedHashMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          triggers.put(row.getString(1), row.getString(2));
        }
      }
      return triggers;
    }
  }

  private String text(String sql, String parameter) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, parameter);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
