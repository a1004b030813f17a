package dev.cdcpipeline.sink.change;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reduces the changes of one table to the last one per key, filling TOASTed values that a change
 * did not carry from earlier changes of the same row, column by column.
 *
 * <p>A key change arrives as a delete and a create with one LSN: the created row takes its
 * unavailable values from the deleted one. Not thread-safe.
 */
public final class LastChangePerKey {
  private final List<String> keyColumns;
  private final Map<RowKey, ReducedChange> last = new LinkedHashMap<>();
  private ReducedChange previous;

  /**
   * Starts empty.
   *
   * @param keyColumns the table's key columns, at least one
   */
  public LastChangePerKey(List<String> keyColumns) {
    if (keyColumns.isEmpty()) {
      throw new IllegalArgumentException("a table without key columns has no last change per key");
    }
    this.keyColumns = List.copyOf(keyColumns);
  }

  /**
   * Takes the next change in commit order.
   *
   * @param change an insert, update, delete or read of a row of this table
   * @return the change with what is known of its row so far
   * @throws IllegalArgumentException for an operation on no single row, or a row without its key
   */
  public ReducedChange add(RowChange change) {
    ReducedChange reduced =
        switch (change.operation()) {
          case READ, CREATE, UPDATE -> upsert(change);
          case DELETE -> delete(change);
          case TRUNCATE, MESSAGE ->
              throw new IllegalArgumentException(
                  "[%s] %s is no change of a single row"
                      .formatted(change.coordinates(), change.operation()));
        };
    last.put(reduced.key(), reduced);
    previous = reduced;
    return reduced;
  }

  /** The last change of every key, in the order in which the keys first appeared. */
  public Collection<ReducedChange> changes() {
    return last.values();
  }

  /** Number of keys. */
  public int size() {
    return last.size();
  }

  /** The last changes that leave a row. */
  public List<ReducedChange> upserts() {
    List<ReducedChange> found = new ArrayList<>(last.size());
    for (ReducedChange change : last.values()) {
      if (!change.isDelete()) {
        found.add(change);
      }
    }
    return found;
  }

  /** The last changes that leave none. */
  public List<ReducedChange> deletes() {
    List<ReducedChange> found = new ArrayList<>();
    for (ReducedChange change : last.values()) {
      if (change.isDelete()) {
        found.add(change);
      }
    }
    return found;
  }

  /** Forgets everything. */
  public void clear() {
    last.clear();
    previous = null;
  }

  private ReducedChange upsert(RowChange change) {
    Row row = change.row();
    RowKey key = RowKey.of(row, keyColumns);
    if (!ReducedChange.isIncomplete(row)) {
      return new ReducedChange(change, key, row, null);
    }
    ReducedChange known = last.get(key);
    if (isOtherHalfOfKeyChange(change)) {
      known = previous;
    } else if (known == null) {
      return new ReducedChange(change, key, row, key);
    } else if (known.isDelete()) {
      return new ReducedChange(change, key, row, null);
    }
    return new ReducedChange(change, key, fill(row, known.row()), known.storedKey());
  }

  private ReducedChange delete(RowChange change) {
    RowKey key = RowKey.of(change.row(), keyColumns);
    ReducedChange known = last.get(key);
    if (known != null) {
      return new ReducedChange(change, key, known.row(), known.storedKey());
    }
    return new ReducedChange(change, key, onlyKey(change.row()), key);
  }

  private boolean isOtherHalfOfKeyChange(RowChange change) {
    return change.operation() == Operation.CREATE
        && previous != null
        && previous.isDelete()
        && previous.change().position().lsn().equals(change.position().lsn())
        && previous.change().position().previousCommit().equals(change.position().previousCommit());
  }

  private Row onlyKey(Row row) {
    Object[] values = new Object[row.type().size()];
    Arrays.fill(values, Row.UNAVAILABLE);
    for (String column : keyColumns) {
      int i = row.type().indexOf(column);
      values[i] = row.get(i);
    }
    return new Row(row.type(), values);
  }

  @SuppressWarnings("ReferenceEquality") // equal types that are two objects are looked up by name
  private static Row fill(Row row, Row known) {
    RowType type = row.type();
    Object[] values = new Object[type.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.get(i);
      if (values[i] == Row.UNAVAILABLE) {
        int j = known.type() == type ? i : known.type().indexOf(type.columns().get(i).name());
        values[i] = j < 0 ? null : known.get(j);
      }
    }
    return new Row(type, values);
  }
}
