package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Makes changes of one table as they come from its topic, positions and offsets counting up. */
public final class Changes {
  public static final long COMMIT_TIME = 1_768_471_445_123_456L;

  private final TableId table;
  private final List<String> keyColumns;
  private final RowType type;
  private long next;

  private Changes(TableId table, List<String> keyColumns, RowType type) {
    this.table = table;
    this.keyColumns = keyColumns;
    this.type = type;
  }

  public static Changes of(String table, String keyColumn, Column... columns) {
    return new Changes(
        new TableId("public", table), List.of(keyColumn), new RowType(List.of(columns)));
  }

  public static Changes of(TableId table, List<String> keyColumns, Column... columns) {
    return new Changes(table, keyColumns, new RowType(List.of(columns)));
  }

  /** The same table with other columns, positions going on. */
  public Changes with(Column... columns) {
    Changes changes = new Changes(table, keyColumns, new RowType(List.of(columns)));
    changes.next = next + 1000;
    return changes;
  }

  public static Column column(String name, ColumnType type) {
    return new Column(name, type, true, Map.of());
  }

  public static Column column(String name, ColumnType type, String sourceType) {
    return new Column(name, type, true, Map.of(ColumnTypes.SOURCE_TYPE, sourceType));
  }

  public TableId table() {
    return table;
  }

  public RowType type() {
    return type;
  }

  public RowChange read(Object... values) {
    return change(Operation.READ, values);
  }

  public RowChange create(Object... values) {
    return change(Operation.CREATE, values);
  }

  public RowChange update(Object... values) {
    return change(Operation.UPDATE, values);
  }

  /** As under REPLICA IDENTITY DEFAULT: the key, and whatever for the rest. */
  public RowChange delete(Object... values) {
    return change(Operation.DELETE, Arrays.copyOf(values, type.size()));
  }

  public RowChange truncate() {
    next++;
    return new RowChange(
        table, Operation.TRUNCATE, keyColumns, null, position(next), COMMIT_TIME, at(next));
  }

  /** A key change: a delete and a create with one LSN. */
  public List<RowChange> move(Object[] oldKey, Object... values) {
    RowChange delete = delete(oldKey);
    next--;
    return List.of(delete, create(values));
  }

  private RowChange change(Operation operation, Object... values) {
    next++;
    return new RowChange(
        table,
        operation,
        keyColumns,
        new Row(type, values.clone()),
        position(next),
        COMMIT_TIME,
        at(next));
  }

  private SourcePosition position(long n) {
    return new SourcePosition(1, new Lsn(1000 + n), new Lsn(5000 + n), n);
  }

  private Coordinates at(long n) {
    return new Coordinates("shop." + table, 0, n);
  }

  public PartitionId partition() {
    return new PartitionId("shop." + table, 0);
  }

  public static List<RowChange> all(Object... changes) {
    List<RowChange> list = new ArrayList<>();
    for (Object change : changes) {
      if (change instanceof List<?> several) {
        several.forEach(c -> list.add((RowChange) c));
      } else {
        list.add((RowChange) change);
      }
    }
    return list;
  }
}
