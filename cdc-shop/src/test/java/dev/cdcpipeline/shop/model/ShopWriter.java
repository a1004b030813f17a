package dev.cdcpipeline.shop.model;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Events for tests by example: each call is a transaction of its own, in order, as a connector
 * under REPLICA IDENTITY DEFAULT emits it. Events can be kept and sent again.
 */
public final class ShopWriter {
  /** 2023-11-14T22:00. */
  public static final long START = 1_700_000_000_000_000L / 3_600_000_000L * 3_600_000_000L;

  private final AnalyticsDriver driver;
  private final Map<String, Map<String, Object>> rows = new LinkedHashMap<>();
  private long lsn = 1000;
  private Long previousCommit = 900L;
  private long transaction = 700;
  private long clock = START;

  public ShopWriter(AnalyticsDriver driver) {
    this.driver = driver;
  }

  /** A row by its columns, names and values in turn; the first is the key. */
  public static Map<String, Object> row(Object... columns) {
    Map<String, Object> row = new LinkedHashMap<>();
    for (int i = 0; i < columns.length; i += 2) {
      Object value = columns[i + 1];
      Object wide = value instanceof Integer ? (Object) ((Integer) value).longValue() : value;
      row.put(
          (String) columns[i],
          wide instanceof Double ? BigDecimal.valueOf((Double) wide).setScale(2) : wide);
    }
    return row;
  }

  /** Lets the source's clock go on. */
  public ShopWriter after(long micros) {
    clock += micros;
    return this;
  }

  public SourceEvent insert(String table, Object... columns) {
    Map<String, Object> row = row(columns);
    keep(table, row);
    return send(event(table, "c", null, row));
  }

  /** Changes some columns of a row; the first names the key. */
  public SourceEvent update(String table, Object... columns) {
    Map<String, Object> row = new LinkedHashMap<>(rows.get(id(table, row(columns))));
    row.putAll(row(columns));
    keep(table, row);
    return send(event(table, "u", null, row));
  }

  public SourceEvent delete(String table, int key) {
    rows.remove(table + "/" + key);
    return send(event(table, "d", padded(table, key), null));
  }

  /** A snapshot's read. */
  public SourceEvent read(String table, Object... columns) {
    Map<String, Object> row = row(columns);
    keep(table, row);
    lsn += 10;
    return send(new SourceEvent(table, "r", null, row, lsn, null, 0, 0, "true", clock, false));
  }

  /** Begins a snapshot that reads the table again: nothing is streamed until it has ended. */
  public SourceEvent announce(String table) {
    lsn += 10;
    previousCommit = null;
    return send(new SourceEvent(table, "t", null, null, lsn, null, 0, 0, "first", clock, false));
  }

  /** A row that the announced snapshot reads. */
  public SourceEvent readAgain(String table, String mark, Object... columns) {
    Map<String, Object> row = row(columns);
    keep(table, row);
    return send(new SourceEvent(table, "r", null, row, lsn, null, 0, 0, mark, clock, false));
  }

  public SourceEvent truncate(String table) {
    rows.keySet().removeIf(id -> id.startsWith(table + "/"));
    return send(event(table, "t", null, null));
  }

  /** Sends an event that was made, again or for the first time. */
  public SourceEvent send(SourceEvent event) {
    driver.pipe(event);
    return event;
  }

  private SourceEvent event(
      String table, String op, Map<String, Object> before, Map<String, Object> after) {
    lsn += 10;
    clock += 1;
    SourceEvent event =
        new SourceEvent(
            table, op, before, after, lsn, previousCommit, transaction++, 1, "false", clock, false);
    lsn += 10;
    previousCommit = lsn;
    return event;
  }

  private void keep(String table, Map<String, Object> row) {
    rows.put(id(table, row), row);
  }

  private static String id(String table, Map<String, Object> row) {
    return table + "/" + row.get(ShopSchema.key(table));
  }

  private static Map<String, Object> padded(String table, int key) {
    Map<String, Object> padded = new LinkedHashMap<>();
    ShopSchema.columns(table)
        .forEach(
            (column, kind) ->
                padded.put(
                    column,
                    kind.endsWith("?")
                        ? null
                        : kind.equals("int")
                            ? (Object) 0L
                            : kind.equals("money") ? BigDecimal.ZERO : ""));
    padded.put(ShopSchema.key(table), (long) key);
    return padded;
  }
}
