package dev.cdcpipeline.sink.crash;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.result.ShopTables;
import dev.cdcpipeline.sink.result.SourceChange;
import dev.cdcpipeline.sink.result.SourceCommit;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes of the shop's random transactions what the sink gets to write. */
final class ShopChanges {
  private static final Map<String, RowType> TYPES = new HashMap<>();

  static {
    ShopTables.COLUMNS.keySet().forEach(table -> TYPES.put(table, rowType(table)));
  }

  private ShopChanges() {}

  static List<RowChange> of(SourceCommit commit) {
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < commit.changes().size(); i++) {
      SourceChange change = commit.changes().get(i);
      long lsn = commit.lsn(i);
      changes.add(
          new RowChange(
              new TableId("public", change.table()),
              operation(change.op()),
              List.of(ShopTables.KEYS.get(change.table())),
              row(change),
              new SourcePosition(0, new Lsn(commit.previousCommit()), new Lsn(lsn), i + 1L),
              commit.timeMicros(),
              new Coordinates("shop.public." + change.table(), 0, lsn)));
    }
    return changes;
  }

  private static Operation operation(char op) {
    return switch (op) {
      case 'r' -> Operation.READ;
      case 'c' -> Operation.CREATE;
      case 'u' -> Operation.UPDATE;
      case 'd' -> Operation.DELETE;
      default -> throw new IllegalArgumentException("no operation " + op);
    };
  }

  private static Row row(SourceChange change) {
    RowType type = TYPES.get(change.table());
    Object[] values = new Object[type.size()];
    for (int i = 0; i < values.length; i++) {
      Object value = change.row().get(type.columns().get(i).name());
      values[i] =
          value instanceof LocalDateTime time
              ? ChronoUnit.MICROS.between(Instant.EPOCH, time.toInstant(ZoneOffset.UTC))
              : value;
    }
    return new Row(type, values);
  }

  private static RowType rowType(String table) {
    List<Column> columns = new ArrayList<>();
    ShopTables.COLUMNS
        .get(table)
        .forEach(
            (name, type) ->
                columns.add(
                    new Column(
                        name,
                        columnType(type),
                        true,
                        Map.of(
                            "__debezium.source.column.type",
                            type.replaceAll("\\(.*", "").replace("int", "int4"),
                            "__debezium.source.column.length",
                            number(type, 0),
                            "__debezium.source.column.scale",
                            number(type, 1)))));
    return new RowType(columns);
  }

  private static ColumnType columnType(String type) {
    return switch (type.replaceAll("\\(.*", "")) {
      case "int" -> ColumnType.INT32;
      case "numeric" -> ColumnType.DECIMAL;
      case "timestamp" -> ColumnType.TIMESTAMP_MICROS;
      default -> ColumnType.STRING;
    };
  }

  /** One of the numbers in a type's brackets, 0 if there is none. */
  private static String number(String type, int index) {
    int bracket = type.indexOf('(');
    if (bracket < 0) {
      return "0";
    }
    String[] numbers = type.substring(bracket + 1, type.length() - 1).split(",");
    return index < numbers.length ? numbers[index] : "0";
  }
}
