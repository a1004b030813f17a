package dev.cdcpipeline.shop.model;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A shop's database and the connector that reads it: transactions of several sessions interleave,
 * so that LSNs are out of commit order; rows are locked until commit, as PostgreSQL does.
 */
public final class SimulatedSource {

  /** One true change of an order, in commit order: what an audit at the source would hold. */
  public record AuditedChange(
      long orderId,
      Long customerId,
      String type,
      String status,
      BigDecimal amount,
      long commitMicros,
      boolean customerExists) {}

  private static final long HOUR = 3_600_000_000L;
  private static final long START = 1_700_000_000_000_000L / HOUR * HOUR;

  private record Change(
      String table, String op, Map<String, Object> before, Map<String, Object> after, long lsn) {}

  private final class Session {
    private final List<Change> changes = new ArrayList<>();
    private final Set<String> locks = new TreeSet<>();

    /** What the session sees of the rows it changed: table/key → row, null if gone. */
    private final Map<String, Map<String, Object>> own = new HashMap<>();

    private Map<String, Object> row(String table, long key) {
      String lock = table + "/" + key;
      return own.containsKey(lock) ? own.get(lock) : tables.get(table).get(key);
    }

    private boolean lock(String table, long key) {
      String lock = table + "/" + key;
      for (Session other : sessions) {
        if (other != this && (other.locks.contains(lock) || other.locks.contains(table))) {
          return false;
        }
      }
      locks.add(lock);
      return true;
    }

    private void end() {
      changes.clear();
      locks.clear();
      own.clear();
    }
  }

  private final boolean fullIdentity;
  private final Map<String, TreeMap<Long, Map<String, Object>>> tables = new LinkedHashMap<>();
  private final List<Session> sessions = new ArrayList<>();
  private final List<SourceEvent> events = new ArrayList<>();
  private final List<AuditedChange> audit = new ArrayList<>();
  private boolean streaming;
  private boolean wide;
  private long lsn = 1000;
  private Long lastCommit;
  private int firstOrdered = -1;
  private long transactions = 700;
  private long clock = START;

  private SimulatedSource(boolean fullIdentity) {
    this.fullIdentity = fullIdentity;
    ShopSchema.TABLES.forEach(table -> tables.put(table, new TreeMap<>()));
    for (int i = 0; i < Command.SESSIONS; i++) {
      sessions.add(new Session());
    }
  }

  /**
   * Runs a history to its end: what is open is committed, and if nothing was ever read, all is
   * read.
   */
  public static SimulatedSource run(List<Command> history, boolean fullIdentity) {
    SimulatedSource source = new SimulatedSource(fullIdentity);
    history.forEach(source::execute);
    source.sessions.forEach(source::commit);
    if (!source.streaming) {
      source.snapshot();
    }
    return source;
  }

  /** Its events in the order of the connector; each topic has its own in this order. */
  public List<SourceEvent> events() {
    return events;
  }

  /** The true changes of orders. */
  public List<AuditedChange> audit() {
    return audit;
  }

  Map<String, TreeMap<Long, Map<String, Object>>> tables() {
    return tables;
  }

  private void execute(Command command) {
    Session session = sessions.get(command.session());
    Random random = new Random(command.seed());
    lsn += 1 + random.nextInt(20);
    clock += random.nextInt(8) == 0 ? HOUR / 2 : 1000 + random.nextInt(5000);
    String table = command.table();
    long key = command.key();
    switch (command.kind()) {
      case INSERT -> {
        if (session.lock(table, key) && session.row(table, key) == null) {
          write(session, "c", table, null, row(table, key, random));
        }
      }
      case UPDATE -> {
        if (session.lock(table, key) && session.row(table, key) != null) {
          Map<String, Object> before = session.row(table, key);
          Map<String, Object> after = new LinkedHashMap<>(before);
          row(table, key, random)
              .forEach(
                  (column, value) ->
                      after.put(column, random.nextInt(3) == 0 ? value : after.get(column)));
          write(session, "u", table, before, after);
        }
      }
      case DELETE -> {
        if (session.lock(table, key) && session.row(table, key) != null) {
          write(session, "d", table, session.row(table, key), null);
        }
      }
      case MOVE -> {
        long to = Command.baseOf(key) + 1 + random.nextInt(5);
        if (to != key
            && session.lock(table, key)
            && session.row(table, key) != null
            && session.lock(table, to)
            && session.row(table, to) == null) {
          move(session, table, key, to, random);
        }
      }
      case TRUNCATE -> {
        if (sessions.stream()
            .allMatch(other -> other.locks.stream().noneMatch(lock -> lock.startsWith(table)))) {
          session.locks.add(table);
          session.changes.add(new Change(table, "t", null, null, lsn));
          session.own.replaceAll((row, seen) -> row.startsWith(table + "/") ? null : seen);
          tables.get(table).keySet().forEach(gone -> session.own.put(table + "/" + gone, null));
        }
      }
      case COMMIT -> commit(session);
      case ROLLBACK -> session.end();
      case SNAPSHOT -> snapshot();
      case REPLAY -> replay(random);
      case WIDEN -> wide = true;
    }
  }

  private void write(
      Session session,
      String op,
      String table,
      Map<String, Object> before,
      Map<String, Object> after) {
    long key = (Long) (after == null ? before : after).get(ShopSchema.key(table));
    session.changes.add(new Change(table, op, before, after, lsn));
    session.own.put(table + "/" + key, after);
  }

  /**
   * A key change is a delete and an insert with one LSN; under DEFAULT identity a TOASTed value
   * must be written for it to arrive.
   */
  private void move(Session session, String table, long from, long to, Random random) {
    Map<String, Object> before = session.row(table, from);
    Map<String, Object> after = new LinkedHashMap<>(before);
    after.put(ShopSchema.key(table), to);
    if (table.equals("orders")) {
      after.put("customer_id", row(table, to, random).get("customer_id"));
    }
    write(session, "d", table, before, null);
    write(session, "c", table, null, after);
  }

  private void commit(Session session) {
    lsn += 5;
    clock += 1000;
    long transaction = transactions++;
    long order = 0;
    int audited = audit.size();
    for (Change change : session.changes) {
      if (change.op().equals("t")) {
        // an audit by row triggers sees each row go; what the session itself did before is
        // committed first
        List<Long> keys = new ArrayList<>(tables.get(change.table()).keySet());
        keys.forEach(key -> audit(change.table(), "deleted", tables.get(change.table()).get(key)));
        tables.get(change.table()).clear();
      } else {
        apply(change);
      }
      if (streaming) {
        events.add(event(change, transaction, ++order));
      }
    }
    if (!session.changes.isEmpty()) {
      if (streaming && lastCommit != null && firstOrdered < 0) {
        firstOrdered = (int) (events.size() - order);
      }
      lastCommit = streaming ? (Long) lsn : null;
      audit.subList(audited, audit.size()).replaceAll(this::asOfCommit);
      clock += 1;
    }
    session.end();
  }

  private void apply(Change change) {
    String key = ShopSchema.key(change.table());
    if (change.after() == null) {
      tables.get(change.table()).remove((Long) change.before().get(key));
      audit(change.table(), "deleted", change.before());
    } else {
      tables.get(change.table()).put((Long) change.after().get(key), change.after());
      audit(change.table(), change.op().equals("c") ? "created" : "updated", change.after());
    }
  }

  private void audit(String table, String type, Map<String, Object> row) {
    if (!table.equals("orders") || !streaming && !type.equals("snapshot")) {
      return;
    }
    AuditedChange change =
        new AuditedChange(
            (Long) row.get("order_id"),
            (Long) row.get("customer_id"),
            type,
            (String) row.get("order_status"),
            (BigDecimal) row.get("total_amount"),
            clock,
            false);
    audit.add(asOfCommit(change));
  }

  private AuditedChange asOfCommit(AuditedChange change) {
    boolean exists =
        change.customerId() != null && tables.get("customers").containsKey(change.customerId());
    return new AuditedChange(
        change.orderId(),
        change.customerId(),
        change.type(),
        change.status(),
        change.amount(),
        change.commitMicros(),
        exists);
  }

  private SourceEvent event(Change change, long transaction, long order) {
    Map<String, Object> before = change.before();
    Map<String, Object> after = change.after();
    if (!fullIdentity) {
      after = change.op().equals("u") ? withoutUnchangedToast(change) : after;
      before = change.op().equals("d") ? padded(change.table(), before) : null;
    }
    return new SourceEvent(
        change.table(),
        change.op(),
        before,
        after,
        change.lsn(),
        lastCommit,
        transaction,
        order,
        "false",
        clock,
        wide);
  }

  private static Map<String, Object> withoutUnchangedToast(Change change) {
    Map<String, Object> after = new LinkedHashMap<>(change.after());
    for (String column : List.of("shipping_address", "description")) {
      if (after.get(column) != null && after.get(column).equals(change.before().get(column))) {
        after.put(column, SourceEvent.TOASTED);
      }
    }
    return after;
  }

  /**
   * What REPLICA IDENTITY DEFAULT leaves of the old row: the key, and zeros or empty strings for
   * what is NOT NULL.
   */
  private static Map<String, Object> padded(String table, Map<String, Object> row) {
    Map<String, Object> padded = new LinkedHashMap<>();
    ShopSchema.columns(table)
        .forEach(
            (column, kind) -> {
              Object zero =
                  kind.equals("int") ? (Object) 0L : kind.equals("money") ? BigDecimal.ZERO : "";
              padded.put(column, kind.endsWith("?") ? null : zero);
            });
    padded.put(ShopSchema.key(table), row.get(ShopSchema.key(table)));
    return padded;
  }

  private void snapshot() {
    // reading a table waits for whoever truncates it
    sessions.stream()
        .filter(session -> ShopSchema.TABLES.stream().anyMatch(session.locks::contains))
        .forEach(this::commit);
    boolean initial = !streaming;
    lsn += 3;
    if (initial) {
      streaming = true;
      lastCommit = null;
    }
    for (String table : ShopSchema.TABLES) {
      for (Map<String, Object> row : tables.get(table).values()) {
        events.add(new SourceEvent(table, "r", null, row, lsn, null, 0, 0, "true", clock, wide));
        if (initial) {
          audit(table, "snapshot", row);
        }
      }
    }
  }

  /** A restart of the connector: events after some ordered one come again, in the same order. */
  private void replay(Random random) {
    if (firstOrdered < 0 || firstOrdered >= events.size()) {
      return;
    }
    int from = firstOrdered + random.nextInt(events.size() - firstOrdered);
    List<SourceEvent> again =
        events.subList(from, events.size()).stream()
            .filter(event -> !event.isRead())
            .collect(Collectors.toList());
    events.addAll(again);
  }

  private Map<String, Object> row(String table, long key, Random random) {
    Map<String, Object> row = new LinkedHashMap<>();
    long base = Command.baseOf(key);
    switch (table) {
      case "customers" -> {
        row.put("customer_id", key);
        row.put("email", "c" + random.nextInt(50) + "@example.com");
        row.put("first_name", "First" + random.nextInt(3));
        row.put("last_name", "Last" + random.nextInt(3));
      }
      case "products" -> {
        row.put("product_id", key);
        row.put("sku", "SKU" + random.nextInt(20));
        row.put("name", "Name" + random.nextInt(4));
        row.put("description", random.nextBoolean() ? null : "long text " + random.nextInt(3));
        row.put("category", random.nextInt(3) == 0 ? null : "Category" + random.nextInt(2));
      }
      case "orders" -> {
        row.put("order_id", key);
        row.put(
            "customer_id", random.nextInt(6) == 0 ? null : (Long) (base + 1 + random.nextInt(5)));
        row.put(
            "order_status",
            random.nextInt(8) == 0 ? null : List.of("new", "paid", "sent").get(random.nextInt(3)));
        row.put("total_amount", random.nextInt(8) == 0 ? null : money(random.nextInt(5000) - 300));
        row.put("shipping_address", random.nextInt(4) == 0 ? null : "Street " + random.nextInt(3));
        row.put(
            "created_at",
            random.nextInt(8) == 0 ? null : (Long) (START - random.nextInt(4) * HOUR / 2));
        row.put("updated_at", clock);
      }
      case "order_items" -> {
        row.put("item_id", key);
        row.put("order_id", random.nextInt(6) == 0 ? null : (Long) (base + 1 + random.nextInt(4)));
        row.put(
            "product_id", random.nextInt(6) == 0 ? null : (Long) (base + 1 + random.nextInt(4)));
        row.put("quantity", (long) random.nextInt(6) - 1);
        row.put("unit_price", money(random.nextInt(2000)));
      }
      default -> throw new IllegalArgumentException(table);
    }
    return row;
  }

  private static BigDecimal money(int cents) {
    return BigDecimal.valueOf(cents, 2);
  }
}
