package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.bench.load.FlatRows;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * What one connection can do with the same rows when everything else is free: bytes encoded
 * beforehand, no Kafka, no decoding, no ledger.
 */
final class Ceilings {
  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0
  };
  private static final int FLUSH_ROWS = 50_000;
  private static final int COLUMNS = 8;

  private final BareStack stack;
  private final String url;
  private final int count;
  private final List<byte[]> flushes = new ArrayList<>();

  Ceilings(BareStack stack, String url, int count) {
    this.stack = stack;
    this.url = url;
    this.count = count;
    for (int from = 0; from < count; from += FLUSH_ROWS) {
      flushes.add(binary(from, Math.min(count, from + FLUSH_ROWS)));
    }
  }

  /** Rows a second by {@code COPY BINARY} straight into the table, a commit for each flush. */
  double copy(String run, boolean withKey) throws SQLException {
    String table = "bench_" + run;
    return timed(
        table, withKey, false, (connection, statement, flush) -> copy(connection, table, flush));
  }

  /**
   * Rows a second by {@code COPY BINARY} into a temporary table and one {@code INSERT … ON
   * CONFLICT} for each flush.
   */
  double stagedMerge(String run, boolean existing) throws SQLException {
    String table = "bench_" + run;
    return timed(
        table,
        true,
        existing,
        (connection, statement, flush) -> {
          copy(connection, "staged", flush);
          statement.execute(
              "INSERT INTO "
                  + table
                  + " SELECT * FROM staged ON CONFLICT (id) DO UPDATE SET seq = excluded.seq,"
                  + " customer_id = excluded.customer_id, status = excluded.status, total ="
                  + " excluded.total, address = excluded.address, quantity = excluded.quantity,"
                  + " created_at = excluded.created_at");
          statement.execute("TRUNCATE staged");
        });
  }

  /** Writes one flush. */
  private interface Flush {
    void write(Connection connection, Statement statement, byte[] rows) throws SQLException;
  }

  private double timed(String table, boolean withKey, boolean prefilled, Flush flush)
      throws SQLException {
    stack.onTarget(
        "CREATE TABLE "
            + table
            + " ("
            + FlatRows.COLUMNS
            + (withKey ? ", PRIMARY KEY (id))" : ")"));
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      if (prefilled) {
        statement.execute(
            "INSERT INTO "
                + table
                + " SELECT n, -1, n % 1000, 'pending', 1.00, 'nowhere', 1, localtimestamp FROM"
                + " generate_series(0, "
                + (count - 1)
                + ") n");
        statement.execute("VACUUM ANALYZE " + table);
      }
      statement.execute("CREATE TEMPORARY TABLE staged AS SELECT * FROM " + table + " LIMIT 0");
      stack.onTarget("CHECKPOINT");
      // as the sinks that lose nothing by it do
      statement.execute("SET synchronous_commit = off");
      connection.setAutoCommit(false);
      long begin = System.nanoTime();
      for (byte[] rows : flushes) {
        flush.write(connection, statement, rows);
        connection.commit();
      }
      return count / ((System.nanoTime() - begin) / 1e9);
    } finally {
      stack.onTarget("DROP TABLE " + table);
    }
  }

  private static void copy(Connection connection, String table, byte[] rows) throws SQLException {
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY " + table + " FROM STDIN (FORMAT binary)");
    copy.writeToCopy(rows, 0, rows.length);
    copy.endCopy();
  }

  /** Rows as {@code COPY BINARY} takes them. */
  private static byte[] binary(int from, int to) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream((to - from) * 150);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.write(SIGNATURE);
      out.writeInt(0);
      out.writeInt(0);
      for (int n = from; n < to; n++) {
        out.writeShort(COLUMNS);
        out.writeInt(Long.BYTES);
        out.writeLong(n);
        integer(out, n);
        integer(out, n % 10_000);
        text(out, "processing");
        numeric(out, 100 + n % 99_999);
        text(out, n % 999 + " Main Street, Springfield");
        integer(out, n % 9);
        out.writeInt(Long.BYTES);
        out.writeLong(820_454_400_000_000L + n * 10_000L);
      }
      out.writeShort(-1);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private static void integer(DataOutputStream out, int value) throws IOException {
    out.writeInt(Integer.BYTES);
    out.writeInt(value);
  }

  private static void text(DataOutputStream out, String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /** Hundredths below 100,000,000 as groups of four decimal digits, one of them fractional. */
  private static void numeric(DataOutputStream out, int hundredths) throws IOException {
    int whole = hundredths / 100;
    boolean twoGroups = whole >= 10_000;
    out.writeInt(twoGroups ? 14 : 12);
    out.writeShort(twoGroups ? 3 : 2);
    out.writeShort(twoGroups ? 1 : 0);
    out.writeShort(0);
    out.writeShort(2);
    if (twoGroups) {
      out.writeShort(whole / 10_000);
    }
    out.writeShort(whole % 10_000);
    out.writeShort(hundredths % 100 * 100);
  }
}
