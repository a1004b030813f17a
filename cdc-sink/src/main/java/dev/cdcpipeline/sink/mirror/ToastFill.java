package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.sink.change.ReducedChange;
import dev.cdcpipeline.sink.change.RowKey;
import dev.cdcpipeline.sink.postgres.RecordWriteException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Fills the values that changes did not carry (TOASTed ones, all but the key of a delete) from the
 * stored rows, by one statement for each set of columns.
 */
final class ToastFill {
  private record Shape(List<String> columns, boolean delete) {}

  private final StagedMirror mirror;

  ToastFill(StagedMirror mirror) {
    this.mirror = mirror;
  }

  /**
   * Fills the rows of these changes in a staging relation.
   *
   * @param target the relation; its {@code _cdc_ordinal} tells the changes
   * @param stored relation with the stored rows as they were before these changes
   * @throws RecordWriteException a row lacks a value that no stored row has
   */
  void fill(List<StagedChange> changes, String target, String stored) throws SQLException {
    Map<Shape, List<StagedChange>> byShape = new LinkedHashMap<>();
    for (StagedChange change : changes) {
      List<String> missing = missingColumns(change.reduced().row());
      if (missing.isEmpty()) {
        continue;
      }
      if (change.reduced().storedKey() == null) {
        throw noStoredRow(change, missing);
      }
      byShape
          .computeIfAbsent(
              new Shape(missing, change.reduced().isDelete()), shape -> new ArrayList<>())
          .add(change);
    }
    for (Map.Entry<Shape, List<StagedChange>> entry : byShape.entrySet()) {
      fillShape(entry.getKey(), entry.getValue(), target, stored);
    }
  }

  private void fillShape(Shape shape, List<StagedChange> changes, String target, String stored)
      throws SQLException {
    PreparedStatement update = mirror.prepared(mirror.sql().fill(target, stored, shape.columns()));
    bind(update, changes);
    // a delete of an unknown row is no error: it stays what it is, a key
    if (update.executeUpdate() < changes.size() && !shape.delete()) {
      throw noStoredRow(firstMissing(changes, stored), shape.columns());
    }
  }

  private StagedChange firstMissing(List<StagedChange> changes, String stored) throws SQLException {
    PreparedStatement select = mirror.prepared(mirror.sql().missing(stored));
    bind(select, changes);
    try (ResultSet row = select.executeQuery()) {
      row.next();
      long ordinal = row.getLong(1);
      return changes.stream()
          .filter(c -> c.ordinal() == ordinal)
          .findFirst()
          .orElse(changes.get(0));
    }
  }

  private void bind(PreparedStatement statement, List<StagedChange> changes) throws SQLException {
    RowArrays arrays = new RowArrays(statement);
    arrays.numbers(changes.stream().map(StagedChange::ordinal).toList());
    List<RowKey> keys = changes.stream().map(c -> c.reduced().storedKey()).toList();
    arrays.keys(mirror, keys);
  }

  private List<String> missingColumns(Row row) {
    RowEncoder encoder = mirror.encoder(row.type());
    List<String> missing = new ArrayList<>(0);
    for (int i = 0; i < encoder.size(); i++) {
      if (encoder.isUnavailable(row, i)) {
        missing.add(mirror.columnNames().get(i));
      }
    }
    return missing;
  }

  private RecordWriteException noStoredRow(StagedChange change, List<String> columns) {
    ReducedChange reduced = change.reduced();
    return new RecordWriteException(
        "[%s] cannot write a row of %s: the change lacks the unchanged TOASTed value of %s, and no stored row has it; set REPLICA IDENTITY FULL on the source table, or take a snapshot of it again; if the value is a text of yours that reads like the placeholder, set unavailable.value.placeholder of the source connector to another one and start over"
            .formatted(reduced.change().coordinates(), mirror.source(), String.join(", ", columns)),
        null,
        reduced.change().coordinates(),
        null);
  }
}
