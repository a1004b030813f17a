package dev.cdcpipeline.sink.change;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;

/**
 * A change together with all that its batch knows of the row.
 *
 * @param change the change as it came
 * @param key the row's key
 * @param row the row after the change (before it, for a delete); a column is {@link
 *     Row#UNAVAILABLE} where only the stored row knows its value
 * @param storedKey key of the stored row, as it was before the batch, that has the unavailable
 *     columns; null if no stored row can have them
 */
public record ReducedChange(RowChange change, RowKey key, Row row, RowKey storedKey) {

  /** Whether the row is gone after this change. */
  public boolean isDelete() {
    return change.operation() == Operation.DELETE;
  }

  /** Whether a column has to be filled from the stored row. */
  public boolean isIncomplete() {
    return isIncomplete(row);
  }

  static boolean isIncomplete(Row row) {
    for (int i = 0; i < row.type().size(); i++) {
      if (row.isUnavailable(i)) {
        return true;
      }
    }
    return false;
  }
}
