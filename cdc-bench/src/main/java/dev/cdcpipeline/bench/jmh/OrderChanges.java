package dev.cdcpipeline.bench.jmh;

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
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Changes of the table {@code orders}, decoded, positions and offsets counting up. The same for the
 * same seed.
 */
public final class OrderChanges {
  public static final List<String> KEY = List.of("order_id");
  public static final RowType TYPE =
      new RowType(
          List.of(
              column("order_id", ColumnType.INT32, "SERIAL", Map.of()),
              column("customer_id", ColumnType.INT32, "INT4", Map.of()),
              column("order_status", ColumnType.STRING, "VARCHAR", length("50")),
              column("total_amount", ColumnType.DECIMAL, "NUMERIC", scaled("10", "2")),
              column("shipping_address", ColumnType.STRING, "TEXT", Map.of()),
              column("created_at", ColumnType.TIMESTAMP_MICROS, "TIMESTAMP", Map.of()),
              column("updated_at", ColumnType.TIMESTAMP_MICROS, "TIMESTAMP", Map.of())));

  static final PartitionId PARTITION = new PartitionId(OrderEnvelopes.TOPIC, 0);

  private static final TableId ORDERS = new TableId("public", "orders");
  private static final String SOURCE_COLUMN = "__debezium.source.column.";
  private static final long START_MICROS = 1_767_225_600_000_000L;

  private final SplittableRandom random;
  private long next;

  public OrderChanges(long seed) {
    random = new SplittableRandom(seed);
  }

  private static Column column(
      String name, ColumnType type, String sourceType, Map<String, String> more) {
    Map<String, String> parameters = new HashMap<>(more);
    parameters.put(SOURCE_COLUMN + "type", sourceType);
    return new Column(name, type, !name.equals("order_id"), parameters);
  }

  private static Map<String, String> length(String length) {
    return Map.of(SOURCE_COLUMN + "length", length);
  }

  private static Map<String, String> scaled(String length, String scale) {
    return Map.of(SOURCE_COLUMN + "length", length, SOURCE_COLUMN + "scale", scale, "scale", scale);
  }

  /** One change of each of these orders, in order. */
  List<RowChange> ofEach(Operation operation, int firstKey, int count) {
    List<RowChange> changes = new ArrayList<>(count);
    for (int key = firstKey; key < firstKey + count; key++) {
      changes.add(change(operation, key));
    }
    return changes;
  }

  /** Updates of orders at random among the first {@code keys}. */
  public List<RowChange> updates(int count, int keys) {
    List<RowChange> changes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      changes.add(change(Operation.UPDATE, 1 + random.nextInt(keys)));
    }
    return changes;
  }

  /** First offset after those given out. */
  long nextOffset() {
    return next;
  }

  private RowChange change(Operation operation, int key) {
    long n = next++;
    Object[] values = {
      key,
      1 + random.nextInt(10_000),
      random.nextBoolean() ? "pending" : "shipped",
      BigDecimal.valueOf(random.nextLong(100, 1_000_000), 2),
      random.nextInt(1, 999) + " Main Street, Springfield",
      START_MICROS,
      START_MICROS + n
    };
    return new RowChange(
        ORDERS,
        operation,
        KEY,
        new Row(TYPE, values),
        new SourcePosition(0, new Lsn(1000 + n), new Lsn(5000 + n), 1),
        START_MICROS + n,
        new Coordinates(OrderEnvelopes.TOPIC, 0, n));
  }
}
