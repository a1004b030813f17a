package dev.cdcpipeline.model.event;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns of a table as one registered schema version describes them. Immutable; equal columns
 * make equal types.
 */
public final class RowType {
  /**
   * The parameter of a row's schema that names what stands for a value that an update has not sent,
   * where it is not Debezium's default.
   */
  public static final String UNAVAILABLE_VALUE = "cdc.unavailable.value";

  private final List<Column> columns;
  private final Map<String, Integer> index;

  public RowType(List<Column> columns) {
    this.columns = List.copyOf(columns);
    this.index = new HashMap<>(this.columns.size() * 2);
    for (int i = 0; i < this.columns.size(); i++) {
      if (index.put(this.columns.get(i).name(), i) != null) {
        throw new IllegalArgumentException(
            "column " + this.columns.get(i).name() + " appears twice");
      }
    }
  }

  /** In the order of the writer's schema. */
  public List<Column> columns() {
    return columns;
  }

  public int size() {
    return columns.size();
  }

  /** Place of the column, or -1 if the type has no such column. */
  public int indexOf(String name) {
    Integer i = index.get(name);
    return i == null ? -1 : i;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof RowType other && columns.equals(other.columns);
  }

  @Override
  public int hashCode() {
    return columns.hashCode();
  }

  @Override
  public String toString() {
    return columns.toString();
  }
}
