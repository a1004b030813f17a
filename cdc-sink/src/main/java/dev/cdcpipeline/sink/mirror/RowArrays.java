package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.sink.change.ReducedChange;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.RowKey;
import dev.cdcpipeline.sink.postgres.DateTimeText;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.TextArray;
import dev.cdcpipeline.sink.postgres.ValueText;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;

/**
 * Binds rows and keys as text arrays, one for each column: the column's type reads the text at the
 * server, so every type is exact.
 */
final class RowArrays {
  private final PreparedStatement statement;
  private final StringBuilder scratch = new StringBuilder();
  private int parameter = 1;

  RowArrays(PreparedStatement statement) {
    this.statement = statement;
  }

  /** Binds the columns of the staged rows. */
  void staged(StagedMirror mirror, List<StagedChange> changes) throws SQLException {
    rows(mirror, changes);
    TextArray ordinals = new TextArray();
    TextArray lsns = new TextArray();
    TextArray times = new TextArray();
    for (StagedChange staged : changes) {
      RowChange change = staged.reduced().change();
      ordinals.plainElement().append(staged.ordinal());
      lsns.plainElement().append(change.position().lsn());
      DateTimeText.timestamp(change.commitTimeMicros(), times.plainElement());
    }
    bind(ordinals);
    bind(lsns);
    bind(times);
  }

  /** Binds the columns of the {@code changes} relation. */
  void log(StagedMirror mirror, List<StagedChange> changes) throws SQLException {
    rows(mirror, changes);
    TextArray[] extra = new TextArray[7];
    for (int i = 0; i < extra.length; i++) {
      extra[i] = new TextArray();
    }
    for (StagedChange staged : changes) {
      RowChange change = staged.reduced().change();
      Lsn lsn = change.position().lsn();
      extra[0].plainElement().append(staged.ordinal());
      extra[1].plainElement().append(staged.segment());
      extra[2].plainElement().append(change.operation().code());
      extra[3].plainElement().append(change.position().previousCommit().value());
      extra[4].plainElement().append(lsn);
      extra[5].plainElement().append(change.position().totalOrder());
      DateTimeText.timestamp(change.commitTimeMicros(), extra[6].plainElement());
    }
    for (TextArray column : extra) {
      bind(column);
    }
  }

  /** Binds one array for each key column. */
  void keys(StagedMirror mirror, List<RowKey> keys) throws SQLException {
    List<TargetColumn> columns = mirror.keys();
    for (int i = 0; i < columns.size(); i++) {
      TextArray column = new TextArray();
      for (RowKey key : keys) {
        scratch.setLength(0);
        ValueText.of(key.column(i).type())
            .append(key.get(i), key.column(i), columns.get(i), scratch);
        column.add(scratch);
      }
      bind(column);
    }
  }

  /** Binds an array of numbers. */
  void numbers(List<Long> numbers) throws SQLException {
    TextArray array = new TextArray();
    numbers.forEach(n -> array.plainElement().append((long) n));
    bind(array);
  }

  private void rows(StagedMirror mirror, List<StagedChange> changes) throws SQLException {
    int size = mirror.columns().size();
    for (int i = 0; i < size; i++) {
      TextArray column = new TextArray();
      for (StagedChange staged : changes) {
        ReducedChange reduced = staged.reduced();
        Row row = reduced.row();
        RowEncoder encoder = mirror.encoder(row.type());
        Object value = encoder.value(row, i);
        if (value == null) {
          column.addNull();
        } else if (encoder.isPlain(i)) {
          encoder.append(i, value, column.plainElement());
        } else {
          scratch.setLength(0);
          encoder.append(i, value, scratch);
          column.add(scratch);
        }
      }
      bind(column);
    }
  }

  private void bind(TextArray array) throws SQLException {
    statement.setObject(parameter++, array.literal(), Types.OTHER);
  }
}
