package dev.cdcpipeline.sink.result;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A random life of the shop: transactions with inserts, updates, deletes, key changes, moves
 * between customers and orders, NULLs and truncates. Remembers the true events of the orders.
 */
public final class ShopHistory {
  private static final String[] STATUSES = {"pending", "paid", "shipped", "delivered", null};
  private static final long START = 1_790_000_000_000_000L;

  /** What the log must have, one for each change of an order. */
  public record Event(
      Object orderId,
      Object customerId,
      Object email,
      String type,
      Object status,
      Object amount,
      LocalDateTime time,
      long commitSeq,
      long lsn,
      long sourceOrder) {}

  private final Random random;
  private final int keys;
  private final Map<String, TreeMap<Integer, Map<String, Object>>> tables = new LinkedHashMap<>();
  private final List<Event> events = new ArrayList<>();
  private long lsn = 1_000;
  private long time = START;
  private int serial;

  public ShopHistory(long seed, int keys) {
    this.random = new Random(seed);
    this.keys = keys;
    ShopTables.COLUMNS.keySet().forEach(t -> tables.put(t, new TreeMap<>()));
  }

  public List<Event> events() {
    return events;
  }

  /** The next transaction of the source. */
  public SourceCommit next() {
    List<SourceChange> changes = new ArrayList<>();
    int steps = 1 + random.nextInt(6);
    for (int i = 0; i < steps; i++) {
      step(changes);
    }
    return commit(changes);
  }

  /** What a snapshot of the tables as they are reads. */
  public SourceCommit snapshot() {
    List<SourceChange> changes = new ArrayList<>();
    tables.forEach(
        (t, rows) -> rows.values().forEach(r -> changes.add(new SourceChange(t, 'r', r))));
    return commit(changes);
  }

  private SourceCommit commit(List<SourceChange> changes) {
    time += random.nextInt(10) == 0 ? 2_400_000_000L : random.nextInt(20_000_000);
    long previous = lsn;
    lsn += changes.size() + 10L;
    SourceCommit commit = new SourceCommit(previous, lsn, time, changes);
    for (int i = 0; i < changes.size(); i++) {
      SourceChange change = changes.get(i);
      if (change.table().equals("orders")) {
        Map<String, Object> row = change.row();
        Map<String, Object> customer =
            row.get("customer_id") == null
                ? null
                : tables.get("customers").get((Integer) row.get("customer_id"));
        events.add(
            new Event(
                row.get("order_id"),
                row.get("customer_id"),
                customer == null ? null : customer.get("email"),
                switch (change.op()) {
                  case 'r' -> "snapshot";
                  case 'c' -> "created";
                  case 'u' -> "updated";
                  default -> "deleted";
                },
                row.get("order_status"),
                row.get("total_amount"),
                FakeWriter.time(time),
                previous,
                commit.lsn(i),
                i + 1L));
      }
    }
    return commit;
  }

  private void step(List<SourceChange> changes) {
    if (random.nextInt(150) == 0) {
      String table = pick(new String[] {"orders", "order_items", "customers", "products"});
      new ArrayList<>(tables.get(table).keySet()).forEach(k -> delete(table, k, changes));
      return;
    }
    String table =
        pick(
            new String[] {
              "customers",
              "products",
              "orders",
              "orders",
              "orders",
              "order_items",
              "order_items",
              "order_items"
            });
    int key = 1 + random.nextInt(table.startsWith("order") ? keys * 3 : keys);
    Map<String, Object> row = tables.get(table).get(key);
    if (row == null) {
      put(table, 'c', fresh(table, key), changes);
    } else if (random.nextInt(6) == 0) {
      delete(table, key, changes);
    } else if (random.nextInt(8) == 0) {
      int moved = 1 + random.nextInt(keys * 3);
      if (!tables.get(table).containsKey(moved)) {
        delete(table, key, changes);
        Map<String, Object> after = new LinkedHashMap<>(row);
        after.put(ShopTables.KEYS.get(table), moved);
        put(table, 'c', after, changes);
      }
    } else {
      Map<String, Object> after = new LinkedHashMap<>(row);
      Map<String, Object> other = fresh(table, key);
      for (String column : ShopTables.columns(table)) {
        if (random.nextInt(3) == 0) {
          after.put(column, other.get(column));
        }
      }
      put(table, 'u', after, changes);
    }
  }

  private void put(String table, char op, Map<String, Object> row, List<SourceChange> changes) {
    tables.get(table).put((Integer) row.get(ShopTables.KEYS.get(table)), row);
    changes.add(new SourceChange(table, op, row));
  }

  private void delete(String table, int key, List<SourceChange> changes) {
    changes.add(new SourceChange(table, 'd', tables.get(table).remove(key)));
  }

  private Map<String, Object> fresh(String table, int key) {
    Map<String, Object> row = new LinkedHashMap<>();
    int n = ++serial;
    switch (table) {
      case "customers" -> {
        row.put("customer_id", key);
        row.put("email", "c" + n + "@example.com");
        row.put("first_name", "F" + n);
        row.put("last_name", "L" + n);
        row.put("created_at", someTime());
      }
      case "products" -> {
        row.put("product_id", key);
        row.put("sku", "S" + n);
        row.put("name", "N" + n);
        row.put("price", amount(9_000));
        row.put("category", random.nextBoolean() ? null : "k" + n % 3);
        row.put("stock_quantity", random.nextInt(10));
      }
      case "orders" -> {
        row.put("order_id", key);
        row.put("customer_id", maybe(1 + random.nextInt(keys)));
        row.put("order_status", pick(STATUSES));
        row.put("total_amount", maybe(amount(50_000)));
        row.put("shipping_address", "street " + n);
        row.put("created_at", maybe(someTime()));
      }
      default -> {
        row.put("item_id", key);
        row.put("order_id", maybe(1 + random.nextInt(keys * 3)));
        row.put("product_id", maybe(1 + random.nextInt(keys)));
        row.put("quantity", random.nextInt(6) == 0 ? Integer.MAX_VALUE : random.nextInt(7) - 1);
        row.put("unit_price", amount(9_000));
      }
    }
    return row;
  }

  private LocalDateTime someTime() {
    return FakeWriter.time(START - random.nextInt(40) * 600_000_000L + random.nextInt(3));
  }

  private BigDecimal amount(int bound) {
    // now and then the largest of a numeric(10,2)
    return BigDecimal.valueOf(
        random.nextInt(20) == 0 ? 9_999_999_999L : random.nextInt(bound) - (bound / 20), 2);
  }

  private <T> T maybe(T value) {
    return random.nextInt(9) == 0 ? null : value;
  }

  private <T> T pick(T[] values) {
    return values[random.nextInt(values.length)];
  }
}
