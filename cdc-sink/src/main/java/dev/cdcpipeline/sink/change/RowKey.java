package dev.cdcpipeline.sink.change;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The values of a row's key columns, equal where PostgreSQL calls them equal: {@code 1.0} and
 * {@code 1.00} are one key.
 */
public final class RowKey {
  private final RowType type;
  private final List<String> columns;
  private final Object[] values;
  private final Object[] comparable;
  private final int hash;

  private RowKey(RowType type, List<String> columns, Object[] values) {
    this.type = type;
    this.columns = columns;
    this.values = values;
    this.comparable = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      comparable[i] = comparable(values[i]);
    }
    this.hash = Arrays.hashCode(comparable);
  }

  /**
   * The key of a row.
   *
   * @throws IllegalArgumentException if the row lacks a key column
   */
  public static RowKey of(Row row, List<String> keyColumns) {
    Object[] values = new Object[keyColumns.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.get(keyColumns.get(i));
    }
    return new RowKey(row.type(), keyColumns, values);
  }

  /** The value of the key's column at this place, as the row had it. */
  public Object get(int column) {
    return values[column];
  }

  /** The column of the value at this place, as the row had it. */
  public Column column(int column) {
    return type.columns().get(type.indexOf(columns.get(column)));
  }

  /** Number of key columns. */
  public int size() {
    return values.length;
  }

  private static Object comparable(Object value) {
    if (value instanceof BigDecimal number) {
      return number.stripTrailingZeros();
    }
    if (value instanceof Integer number) {
      return number.longValue(); // the key may be widened in the middle of a batch
    }
    if (value instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    }
    return value;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof RowKey other
        && hash == other.hash
        && Arrays.equals(comparable, other.comparable);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return Arrays.deepToString(values);
  }
}
