package dev.cdcpipeline.sink.change;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives the rows of tables without a key one of their own: the place of the record that brought the
 * row. No two records share it, and a record that is read again has the same, so that equal rows
 * stay apart and a repeat replaces itself. Not thread-safe.
 */
public final class RowIdentity {
  /** The column that such a mirror has besides the source's; its primary key. */
  public static final String COLUMN = "_cdc_row";

  /** The key columns of such a table. */
  public static final List<String> KEY = List.of(COLUMN);

  // row types come from a cache by schema id, so this is never reached but by a caller without one
  private static final int MAX_TYPES = 64;

  private final IdentityHashMap<RowType, RowType> types = new IdentityHashMap<>();

  /** The row with its identity in a column behind the source's. */
  public Row identified(Row row, Coordinates at) {
    if (types.size() >= MAX_TYPES && !types.containsKey(row.type())) {
      types.clear();
    }
    RowType type = types.computeIfAbsent(row.type(), RowIdentity::withIdentity);
    Object[] values = new Object[type.size()];
    for (int i = 0; i < row.type().size(); i++) {
      values[i] = row.get(i);
    }
    values[values.length - 1] = at.partition() + ":" + at.offset();
    return new Row(type, values);
  }

  private static RowType withIdentity(RowType type) {
    List<Column> columns = new ArrayList<>(type.columns());
    columns.add(new Column(COLUMN, ColumnType.STRING, false, Map.of()));
    return new RowType(columns);
  }

  /** An identified row with the identity of another. */
  public static Row withIdentity(Row identified, String identity) {
    RowType type = identified.type();
    Object[] values = new Object[type.size()];
    Arrays.setAll(values, identified::get);
    values[type.indexOf(COLUMN)] = identity;
    return new Row(type, values);
  }

  /**
   * The row after an update with the values it did not carry, because they are TOASTed, from the
   * row before.
   */
  public static Row completed(Row after, Row before) {
    Object[] values = new Object[after.type().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          after.isUnavailable(i) ? before.get(after.type().columns().get(i).name()) : after.get(i);
    }
    return new Row(after.type(), values);
  }
}
