package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.RowIdentity;
import dev.cdcpipeline.sink.postgres.RecordWriteException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Finds the stored row that a change of a table without a key means: any one that equals the row
 * before, value by value. Which of several equal rows it is makes no difference to anybody.
 *
 * <p>Reads the mirror until it has found one, as PostgreSQL's own subscriptions do for REPLICA
 * IDENTITY FULL.
 */
final class EqualRow {
  private final TableFlush flush;
  private final StagedMirror mirror;

  /**
   * @param flush without rows in memory: they would not be found
   */
  EqualRow(TableFlush flush) {
    this.flush = flush;
    this.mirror = flush.mirror();
  }

  /**
   * The change with the stored row's identity.
   *
   * @throws RecordWriteException no stored row equals the row before
   */
  RowChange identified(RowChange change) throws SQLException {
    StageSql sql = mirror.sql();
    String relation = flush.isStaged() ? sql.alive(flush.isTruncated()) : sql.mirror;
    PreparedStatement select = mirror.prepared(sql.findEqual(relation, RowIdentity.COLUMN));
    bind(select, change.before());
    try (ResultSet row = select.executeQuery()) {
      if (row.next()) {
        return change.withKeyedRow(RowIdentity.withIdentity(change.row(), row.getString(1)));
      }
    }
    throw new RecordWriteException(
        "[%s] cannot write a change of %s: the table has no key, and no row of %s equals the row before the change; take a snapshot of it again"
            .formatted(change.coordinates(), change.table(), sql.mirror),
        null,
        change.coordinates(),
        null);
  }

  private void bind(PreparedStatement select, Row before) throws SQLException {
    RowEncoder encoder = mirror.encoder(before.type());
    int parameter = 1;
    for (int i = 0; i < encoder.size(); i++) {
      if (mirror.columnNames().get(i).equals(RowIdentity.COLUMN)) {
        continue;
      }
      Object value = encoder.value(before, i);
      StringBuilder text = new StringBuilder();
      if (value != null) {
        encoder.append(i, value, text);
      }
      select.setString(parameter++, value == null ? null : text.toString());
    }
  }
}
