package dev.cdcpipeline.sink.change;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.SourcePosition;
import java.util.List;

/**
 * One change of one row, on its way to a table.
 *
 * @param table the table at the source
 * @param operation what happened; an append is a {@link Operation#CREATE} into a table without key
 *     columns
 * @param keyColumns names of the key's columns; empty if the table has no key
 * @param row the row after the change; for a delete the row before, of which only the key columns
 *     can be trusted; null for a truncate
 * @param position place in the order of the source's commits
 * @param commitTimeMicros commit time at the source, microseconds since the epoch
 * @param coordinates where the change was read
 * @param before the row before an update or a delete, where the table has no key that tells which
 *     row it was; else null
 */
public record RowChange(
    TableId table,
    Operation operation,
    List<String> keyColumns,
    Row row,
    SourcePosition position,
    long commitTimeMicros,
    Coordinates coordinates,
    Row before) {

  /** A change of a row that its key tells from all others, or of none. */
  public RowChange(
      TableId table,
      Operation operation,
      List<String> keyColumns,
      Row row,
      SourcePosition position,
      long commitTimeMicros,
      Coordinates coordinates) {
    this(table, operation, keyColumns, row, position, commitTimeMicros, coordinates, null);
  }

  /** The same change with another row, of a table with a key. */
  public RowChange withKeyedRow(Row other) {
    return new RowChange(
        table, operation, keyColumns, other, position, commitTimeMicros, coordinates);
  }
}
