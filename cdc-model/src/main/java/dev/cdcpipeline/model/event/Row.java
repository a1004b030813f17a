package dev.cdcpipeline.model.event;

import java.util.Arrays;

/**
 * One row of any table, without generated classes: values in the order of its type's columns, each
 * represented as {@link ColumnType} says, null for SQL NULL, {@link #UNAVAILABLE} for a TOASTed
 * value that the change did not carry.
 *
 * <p>Wraps its array without a copy: whoever makes a row gives the array away.
 */
public final class Row {

  /**
   * Stands where Debezium wrote its placeholder for an unchanged TOASTed value: a state of its own,
   * never a string.
   */
  public static final Object UNAVAILABLE =
      new Object() {
        @Override
        public String toString() {
          return "(unavailable)";
        }
      };

  private final RowType type;
  private final Object[] values;

  public Row(RowType type, Object[] values) {
    if (values.length != type.size()) {
      throw new IllegalArgumentException(
          "row has " + values.length + " values for " + type.size() + " columns");
    }
    this.type = type;
    this.values = values;
  }

  public RowType type() {
    return type;
  }

  public Object get(int column) {
    return values[column];
  }

  /**
   * The value of a column by name.
   *
   * @throws IllegalArgumentException if the row has no such column
   */
  public Object get(String column) {
    int i = type.indexOf(column);
    if (i < 0) {
      throw new IllegalArgumentException("row has no column " + column + ", only " + type);
    }
    return values[i];
  }

  /** Whether a TOASTed value is missing here, to be filled from state. */
  public boolean isUnavailable(int column) {
    return values[column] == UNAVAILABLE;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Row other
        && type.equals(other.type)
        && Arrays.deepEquals(values, other.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.deepToString(values);
  }
}
