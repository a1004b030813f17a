package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.SnapshotRegister;
import dev.cdcpipeline.sink.postgres.DateTimeText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The tables a snapshot is loaded into before it becomes visible. They are ordinary tables, so that
 * a restart goes on where the ledger says.
 */
final class SnapshotTables {

  private final Connection connection;
  private final SnapshotRegister register;

  SnapshotTables(Connection connection, SnapshotRegister register) {
    this.connection = connection;
    this.register = register;
  }

  /** Adds a chunk of rows to its table's loading table, which is created at need. */
  void load(TableFlush table) throws SQLException {
    StagedMirror mirror = table.mirror();
    String loading = loadingTable(mirror);
    List<StagedChange> rows = table.upserts();
    mirror.run(List.of("DELETE FROM " + mirror.sql().next));
    new LargeStage(connection, table).copyRows(mirror.sql().next, rows);
    mirror.run(mirror.sql().load(loading));
    mirror.run(List.of("TRUNCATE " + mirror.sql().next));
    register.add(mirror.source(), rows.size());
  }

  /**
   * Stages what differs between the loaded table and the mirror.
   *
   * @return how many changes that makes
   */
  long stageDifference(
      SnapshotRegister.Loading loading,
      TableFlush table,
      long ordinalBefore,
      Optional<AppliedPosition> position)
      throws SQLException {
    StagedMirror mirror = table.mirror();
    StageSql sql = mirror.sql();
    mirror.run(List.of(sql.clear(true), "DELETE FROM " + sql.gone, "ANALYZE " + loading.table()));
    long rows = 0;
    for (String insert : sql.stageDifference(loading.table())) {
      rows += mirror.run(insert);
    }
    table.stagedInDatabase(rows);
    if (table.keepsChanges()) {
      keepChanges(sql, mirror, ordinalBefore, position);
    }
    return rows;
  }

  private static void keepChanges(
      StageSql sql, StagedMirror mirror, long ordinalBefore, Optional<AppliedPosition> position)
      throws SQLException {
    List<String> inserts = sql.snapshotChanges();
    PreparedStatement reads = mirror.prepared(inserts.get(0));
    reads.setLong(1, ordinalBefore);
    long read = reads.executeUpdate();
    PreparedStatement deletes = mirror.prepared(inserts.get(1));
    StringBuilder time = new StringBuilder();
    DateTimeText.timestamp(position.map(AppliedPosition::commitTimeMicros).orElse(0L), time);
    deletes.setLong(1, ordinalBefore + read);
    deletes.setString(2, position.map(p -> p.commitLsn().toString()).orElse("0/0"));
    deletes.setString(3, time.toString());
    deletes.executeUpdate();
  }

  private String loadingTable(StagedMirror mirror) throws SQLException {
    Optional<String> known = register.find(mirror.source());
    if (known.isPresent()) {
      return known.get();
    }
    String table = register.enter(mirror.source());
    mirror.run(mirror.sql().createLoading(table));
    return table;
  }
}
