package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.transaction.EncodedChanges.Event;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The topics as Debezium fills them: change topics with several partitions, one transaction topic.
 */
final class DebeziumTopics {
  static final String TRANSACTIONS = "shop.transaction";
  static final PartitionId TRANSACTION_PARTITION = new PartitionId(TRANSACTIONS, 0);

  /** A table without a key, so that nothing tells where its rows go. */
  static final String KEYLESS = "keyless";

  /** A record of a partition: exactly one of the first two, or neither for a tombstone. */
  record Stored(
      Event change, TransactionMarker marker, Delivery by, PartitionId partition, long offset) {
    void handTo(TransactionAssembler assembler) {
      Coordinates at = new Coordinates(partition.topic(), partition.partition(), offset);
      if (change != null) {
        assembler.change(change.at(partition, offset));
      } else if (marker != null) {
        assembler.marker(marker, by, at);
      } else {
        assembler.ignored(at);
      }
    }
  }

  /** A transaction as it committed: what must come out. */
  record Committed(long id, long commitLsn, List<String> changes) {}

  private final Map<PartitionId, List<Stored>> logs = new LinkedHashMap<>();
  private final Map<PartitionId, Long> ends = new LinkedHashMap<>();
  private final Map<String, Integer> versions = new TreeMap<>();
  private final List<Committed> committed = new ArrayList<>();
  private final NavigableMap<Long, Long> standIns = new TreeMap<>();
  private final int partitionsPerTopic;

  private long lsn = 1_000;
  private Long lastCommit;
  private long nextTransaction = 700;
  private int keylessPlace;

  DebeziumTopics(int partitionsPerTopic, String... tables) {
    this.partitionsPerTopic = partitionsPerTopic;
    for (String table : tables) {
      for (int p = 0; p < partitionsPerTopic; p++) {
        addPartition(new PartitionId("shop.public." + table, p));
      }
    }
    addPartition(TRANSACTION_PARTITION);
  }

  private void addPartition(PartitionId partition) {
    logs.put(partition, new ArrayList<>());
    ends.put(partition, 0L);
  }

  Map<PartitionId, List<Stored>> logs() {
    return logs;
  }

  /** High watermarks. */
  Map<PartitionId, Long> ends() {
    return new LinkedHashMap<>(ends);
  }

  List<Committed> committed() {
    return committed;
  }

  long nextLsn() {
    lsn += 10;
    return lsn;
  }

  Long lastCommit() {
    return lastCommit;
  }

  /** Offsets no record has, as control records and compaction leave them. */
  void skipOffsets(PartitionId partition, long count) {
    ends.merge(partition, count, Long::sum);
  }

  private void append(PartitionId partition, Event change, TransactionMarker marker, Delivery by) {
    long offset = ends.merge(partition, 1L, Long::sum) - 1;
    logs.get(partition).add(new Stored(change, marker, by, partition, offset));
  }

  private PartitionId partitionOf(String table, int id) {
    return new PartitionId("shop.public." + table, Math.floorMod(id, partitionsPerTopic));
  }

  /** What has no key, a truncate and each row of table {@code keyless}, goes to any partition. */
  void write(Event event) {
    int place = event.id() < 0 || event.table().equals(KEYLESS) ? keylessPlace++ : event.id();
    append(partitionOf(event.table(), place), event, null, null);
  }

  void write(TransactionMarker marker) {
    append(TRANSACTION_PARTITION, null, marker, Delivery.WHOLE_TRANSACTIONS);
  }

  void writeTombstone(String table, int id) {
    append(partitionOf(table, id), null, null, null);
  }

  int version(String table, int id) {
    return versions.getOrDefault(table + id, 0);
  }

  /**
   * The records of one transaction: BEGIN, changes and tombstones, END.
   *
   * @param changes as they come out of the assembler
   */
  record Emissions(
      long id, long commitLsn, List<Runnable> records, List<Integer> cuts, List<String> changes) {}

  /**
   * The next transaction to commit; each change is {@code table:id}, id -1 truncates. Changes
   * follow at the same LSN as the one before where the table is the same and the key is even.
   */
  Emissions transaction(List<String> changes) {
    long id = nextTransaction++;
    Long previous = lastCommit;
    long beginLsn = nextLsn();
    List<Runnable> records = new ArrayList<>();
    List<Integer> cuts = new ArrayList<>();
    List<String> described = new ArrayList<>();
    Map<String, Long> counts = new TreeMap<>();
    records.add(() -> write(EncodedChanges.begin(id, beginLsn)));
    long order = 0;
    String tableBefore = "";
    for (String change : changes) {
      String table = change.substring(0, change.indexOf(':'));
      int key = Integer.parseInt(change.substring(change.indexOf(':') + 1));
      if (!table.equals(tableBefore) || key < 0 || key % 2 != 0) {
        cuts.add(records.size());
        nextLsn();
      }
      tableBefore = table;
      long at = lsn;
      long number = counts.merge("public." + table, 1L, Long::sum);
      Event event;
      if (key < 0) {
        event = EncodedChanges.truncate(table, id, at, previous, ++order).numbered(number);
        described.add(table + " truncate");
      } else {
        int version = versions.merge(table + key, 1, Integer::sum);
        event =
            EncodedChanges.streamed(table, key, version, id, at, previous, ++order)
                .numbered(number);
        described.add(table + key + "v" + version);
      }
      records.add(() -> write(event));
      if (key >= 0 && key % 5 == 0) {
        records.add(() -> writeTombstone(table, key));
      }
    }
    cuts.add(records.size());
    long commit = nextLsn();
    records.add(() -> write(EncodedChanges.end(id, commit, counts)));
    lastCommit = commit;
    committed.add(new Committed(id, commit, described));
    return new Emissions(id, commit, records, cuts, described);
  }

  /** Writes a transaction. */
  void emit(Emissions transaction) {
    transaction.records().forEach(Runnable::run);
  }

  /** Writes the begin of a transaction, up to one of the places where the LSN changes. */
  void emitPart(Emissions transaction, int cut) {
    int end = transaction.cuts().get(Math.floorMod(cut, transaction.cuts().size()));
    transaction.records().subList(0, end).forEach(Runnable::run);
  }

  /** Takes note that a snapshot has the last transaction, which never ends. */
  void standsInForLast(long snapshotLsn) {
    standIns.put(committed.remove(committed.size() - 1).commitLsn(), snapshotLsn);
    // a connector that has taken a snapshot knows no commit before the next
    lastCommit = null;
  }

  /** Whether a transaction lies between one that never ended and a later snapshot. */
  boolean mayBeInASnapshotOnly(Committed transaction) {
    return !standIns.headMap(transaction.commitLsn()).isEmpty()
        && standIns.values().stream().anyMatch(at -> at > transaction.commitLsn());
  }

  /** Reads of an incremental snapshot as of what was emitted last. */
  void incremental(String table, List<Integer> ids) {
    for (int id : ids) {
      write(EncodedChanges.incremental(table, id, version(table, id), lastCommit));
    }
  }

  /** A snapshot of all keys below {@code ids} of the tables, cut short after {@code rows} rows. */
  long snapshot(List<String> tables, int ids, int rows) {
    long at = nextLsn();
    int total = tables.size() * ids;
    int n = 0;
    for (String table : tables) {
      for (int id = 0; id < ids; id++) {
        if (n++ >= rows) {
          return at;
        }
        write(
            EncodedChanges.snapshot(
                table,
                id,
                version(table, id),
                at,
                n == total
                    ? Source.Snapshot.LAST
                    : n == 1 ? Source.Snapshot.FIRST : Source.Snapshot.TRUE));
      }
    }
    return at;
  }
}
