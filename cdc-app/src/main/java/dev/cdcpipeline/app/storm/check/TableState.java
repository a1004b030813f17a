package dev.cdcpipeline.app.storm.check;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of one table at the commit that was read last, and their digest. Not thread-safe.
 *
 * <p>A change is given as the replication protocol has it: a value that did not change and is
 * stored apart is not sent, and taken from the row as it was.
 */
final class TableState {
  /** Stands for a value that the source did not send because it did not change. */
  static final String UNCHANGED = new String("unchanged");

  private final TableShape shape;
  private final Map<String, String[]> rows = new HashMap<>();
  private long sum;

  TableState(TableShape shape) {
    this.shape = shape;
  }

  TableShape shape() {
    return shape;
  }

  long count() {
    return rows.size();
  }

  long sum() {
    return sum;
  }

  List<String[]> rows() {
    return List.copyOf(rows.values());
  }

  void insert(String[] values) {
    String[] old = rows.put(shape.keyOf(values), values);
    if (old != null) {
      throw contradiction("a second row", values);
    }
    sum += shape.digest(values);
  }

  /**
   * @param oldKey a row whose key's columns are those before the change; null if the key is the
   *     same
   */
  void update(String[] oldKey, String[] values) {
    String[] old = take(oldKey == null ? values : oldKey);
    for (int i = 0; i < values.length; i++) {
      if (isUnchanged(values[i])) {
        values[i] = old[i];
      }
    }
    insert(values);
  }

  void delete(String[] key) {
    take(key);
  }

  void truncate() {
    rows.clear();
    sum = 0;
  }

  private String[] take(String[] key) {
    String[] old = rows.remove(shape.keyOf(key));
    if (old == null) {
      throw contradiction("no row", key);
    }
    sum -= shape.digest(old);
    return old;
  }

  @SuppressWarnings({"ReferenceEquality", "StringEquality"}) // a mark, whatever values there are
  private static boolean isUnchanged(String value) {
    return value == UNCHANGED;
  }

  private IllegalStateException contradiction(String what, String[] values) {
    return new IllegalStateException(
        "the storm's own history has %s with key %s in %s"
            .formatted(what, shape.keyOf(values), shape.name()));
  }
}
