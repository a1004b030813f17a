package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.sink.binary.EncodedRows;
import dev.cdcpipeline.sink.postgres.SqlStates;
import dev.cdcpipeline.sink.postgres.WriteException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;

/**
 * Writes what the target takes of some rows, and finds those it refuses: half by half, each under a
 * savepoint.
 *
 * <p>In place of a refused last change of a key comes the one before it: what one by one would have
 * been written is written.
 */
final class Bisection<O> {
  private final Connection connection;
  private final UpsertRows writer;
  private final EncodedRows<O> rows;
  private final List<Refusal<O>> refused;

  Bisection(
      Connection connection, UpsertRows writer, EncodedRows<O> rows, List<Refusal<O>> refused) {
    this.connection = connection;
    this.writer = writer;
    this.rows = rows;
    this.refused = refused;
  }

  /** Writes; returns the rows that changed. */
  long write() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // otherwise a deferred constraint would refuse the commit and name no row
      statement.execute("SET CONSTRAINTS ALL IMMEDIATE");
    }
    int[] last = rows.last();
    writer.lock(true);
    return write(last);
  }

  private long write(int[] changes) throws SQLException {
    if (changes.length == 0) {
      return 0;
    }
    Savepoint savepoint = connection.setSavepoint();
    try {
      long changed = writer.writeByArrays(rows, changes.clone());
      connection.releaseSavepoint(savepoint);
      return changed;
    } catch (SQLException e) {
      if (!UpsertRows.isOfSomeRows(e)) {
        throw e;
      }
      connection.rollback(savepoint);
      connection.releaseSavepoint(savepoint);
      if (changes.length == 1) {
        return refuse(changes[0], e);
      }
      int middle = changes.length / 2;
      return write(Arrays.copyOfRange(changes, 0, middle))
          + write(Arrays.copyOfRange(changes, middle, changes.length));
    }
  }

  private long refuse(int change, SQLException e) throws SQLException {
    String doing =
        "%s in %s".formatted(rows.isDelete(change) ? "delete a row" : "write a row", writer.plan());
    WriteException cause = SqlStates.classify(doing, e);
    refused.add(new Refusal<>(rows.origin(change), cause.getMessage(), cause));
    rows.refuse(change);
    int before = rows.previous(change);
    return before == EncodedRows.NONE ? 0 : write(new int[] {before});
  }
}
