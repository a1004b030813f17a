package dev.cdcpipeline.debezium;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * A write-ahead log with the LSNs that PostgreSQL gives, what a logical replication stream sends of
 * it from a position on, and the records and offsets that Debezium 3.6 makes of that.
 *
 * <p>A record begins where the one before it ends, so the end of a COMMIT is the LSN of the next
 * record, whoever wrote it. The stream sends transactions in the order of their commits, whole, and
 * leaves out those whose commit record begins before the position it is asked to start from.
 */
final class SimulatedSource {
  static final Map<String, String> PARTITION = Map.of("server", "shop");

  private static final Schema SOURCE =
      SchemaBuilder.struct().field("lsn", Schema.INT64_SCHEMA).build();
  private static final Schema ENVELOPE =
      SchemaBuilder.struct()
          .name("shop.public.t.Envelope")
          .field("op", Schema.STRING_SCHEMA)
          .field("event", Schema.INT64_SCHEMA)
          .field("total_order", Schema.INT64_SCHEMA)
          .field("xid", Schema.INT64_SCHEMA)
          .field("source", SOURCE)
          .build();
  private static final Schema MARKER =
      SchemaBuilder.struct()
          .name("io.debezium.connector.common.TransactionMetadataValue")
          .field("status", Schema.STRING_SCHEMA)
          .field("id", Schema.STRING_SCHEMA)
          .build();
  private static final Schema HEARTBEAT =
      SchemaBuilder.struct().name("io.debezium.connector.common.Heartbeat").build();

  private long end = 1_000;
  private long nextEvent = 1;
  private final Map<Long, List<Change>> open = new LinkedHashMap<>();
  private final List<Entry> log = new ArrayList<>();

  /** What the stream sends. */
  sealed interface Entry {
    /** The LSN at which the record begins that makes it visible. */
    long start();
  }

  /** A committed transaction. */
  record Transaction(long xid, List<Change> changes, long start, long end) implements Entry {}

  /** A logical message outside of transactions. */
  record Message(long event, long start) implements Entry {}

  /** One change event; several may have one LSN. */
  record Change(long event, long lsn, boolean tombstoneFollows) {}

  /** Where the log ends: the LSN of the next record. */
  long end() {
    return end;
  }

  /** All that was committed, in commit order. */
  List<Entry> log() {
    return log;
  }

  boolean isOpen(long xid) {
    return open.containsKey(xid);
  }

  /** One WAL record of so many change events. */
  void write(long xid, int events, boolean tombstone) {
    long lsn = append(60);
    List<Change> changes = open.computeIfAbsent(xid, x -> new ArrayList<>());
    for (int i = 0; i < events; i++) {
      changes.add(new Change(nextEvent++, lsn, tombstone && i == 0));
    }
  }

  int written(long xid) {
    return open.getOrDefault(xid, List.of()).size();
  }

  /** Undoes what a transaction wrote after a savepoint; the records stay in the log. */
  void rollbackTo(long xid, int written) {
    append(30);
    List<Change> changes = open.get(xid);
    changes.subList(Math.min(written, changes.size()), changes.size()).clear();
  }

  void rollback(long xid) {
    append(30);
    open.remove(xid);
  }

  void commit(long xid) {
    List<Change> changes = open.remove(xid);
    long start = append(46);
    if (changes != null && !changes.isEmpty()) {
      log.add(new Transaction(xid, List.copyOf(changes), start, end));
    }
  }

  void message() {
    log.add(new Message(nextEvent++, append(50)));
  }

  private long append(int bytes) {
    long start = end;
    end += bytes;
    return start;
  }

  /** What Debezium's queue holds for a stream that starts from an offset of the connector's. */
  List<SourceRecord> stream(Map<String, ?> offset, long slot) {
    return new Debezium(offset).read(log, offset == null ? slot : RestartOffset.lsn(offset));
  }

  /** The rows of an initial snapshot taken now; at least one. */
  List<SourceRecord> snapshot(long rows) {
    List<SourceRecord> records = new ArrayList<>();
    for (long row = 1; row <= rows; row++) {
      Map<String, Object> offset = new HashMap<>();
      offset.put("lsn", end);
      offset.put("snapshot", "INITIAL");
      offset.put("last_snapshot_record", row == rows);
      offset.put("snapshot_completed", row == rows);
      records.add(envelope(offset, "r", -row, 0, 0, end));
    }
    return records;
  }

  private static SourceRecord envelope(
      Map<String, Object> offset, String op, long event, long order, long xid, long lsn) {
    return new SourceRecord(
        PARTITION,
        offset,
        "shop.public.t",
        null,
        null,
        null,
        ENVELOPE,
        new Struct(ENVELOPE)
            .put("op", op)
            .put("event", event)
            .put("total_order", order)
            .put("xid", xid)
            .put("source", new Struct(SOURCE).put("lsn", lsn)));
  }

  /** An offset context and transaction context as Debezium has them. */
  private static final class Debezium {
    private final List<SourceRecord> records = new ArrayList<>();
    private final Map<String, Object> offset = new HashMap<>();
    private long order;

    Debezium(Map<String, ?> start) {
      if (start != null) {
        offset.putAll(start);
        offset.remove("transaction_id");
      }
    }

    List<SourceRecord> read(List<Entry> log, long from) {
      for (Entry entry : log) {
        if (entry.start() >= from) {
          if (entry instanceof Transaction transaction) {
            transaction(transaction);
          } else if (entry instanceof Message message) {
            message(message);
          }
        }
      }
      return records;
    }

    private void transaction(Transaction t) {
      at(t.start(), "BEGIN");
      offset.put("transaction_id", t.xid() + ":" + t.start());
      order = 0;
      marker("BEGIN", t);
      for (Change change : t.changes()) {
        at(change.lsn(), "INSERT");
        order++;
        offset.put("transaction_data_collection_order_public.t", order);
        records.add(envelope(copy(), "c", change.event(), order, t.xid(), change.lsn()));
        if (change.tombstoneFollows()) {
          records.add(
              new SourceRecord(PARTITION, copy(), "shop.public.t", null, null, null, null, null));
        }
        heartbeat(change.event() % 3 == 0);
      }
      offset.put("lsn_proc", t.end());
      offset.put("lsn_commit", t.end());
      at(t.end(), "COMMIT");
      heartbeat(t.xid() % 2 == 0);
      marker("END", t);
      offset.remove("transaction_id");
      offset.remove("transaction_data_collection_order_public.t");
      heartbeat(t.xid() % 3 == 0);
    }

    private void message(Message m) {
      offset.put("lsn_proc", m.start());
      offset.put("lsn_commit", m.start());
      at(m.start(), "MESSAGE");
      records.add(envelope(copy(), "m", m.event(), 0, 0, m.start()));
      heartbeat(m.event() % 2 == 0);
    }

    private void at(long lsn, String type) {
      offset.put("lsn", lsn);
      offset.put("messageType", type);
      offset.putIfAbsent("lsn_proc", lsn);
    }

    private void marker(String status, Transaction t) {
      records.add(
          new SourceRecord(
              PARTITION,
              copy(),
              "shop.transaction",
              null,
              null,
              null,
              MARKER,
              new Struct(MARKER).put("status", status).put("id", t.xid() + ":" + t.end())));
    }

    private void heartbeat(boolean due) {
      if (due) {
        records.add(
            new SourceRecord(
                PARTITION,
                copy(),
                "__debezium-heartbeat.shop",
                0,
                null,
                null,
                HEARTBEAT,
                new Struct(HEARTBEAT)));
      }
    }

    private Map<String, Object> copy() {
      return new HashMap<>(offset);
    }
  }
}
