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
import java.util.Set;
import java.util.TreeMap;

/**
 * The topics as Debezium fills them: change topics with several partitions, one transaction topic.
 */
final class DebeziumTopics {
  static final String TRANSACTIONS = "shop.transaction";
  static final PartitionId TRANSACTION_PARTITION = new PartitionId(TRANSACTIONS, 0);

  /** A record of a partition: exactly one of the first two, or neither for a tombstone. */
  record Stored(Event change, TransactionMarker marker, PartitionId partition, long offset) {
    void handTo(TransactionAssembler assembler) {
      Coordinates at = new Coordinates(partition.topic(), partition.partition(), offset);
      if (change != null) {
        assembler.change(change.at(partition, offset));
      } else if (marker != null) {
        assembler.marker(marker, at);
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
  private final int partitionsPerTopic;

  private long lsn = 1_000;
  private Long lastCommit;
  private long nextTransaction = 700;

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

  private void append(PartitionId partition, Event change, TransactionMarker marker) {
    long offset = ends.merge(partition, 1L, Long::sum) - 1;
    logs.get(partition).add(new Stored(change, marker, partition, offset));
  }

  private PartitionId partitionOf(String table, int id) {
    return new PartitionId("shop.public." + table, Math.floorMod(id, partitionsPerTopic));
  }

  void write(Event event) {
    int place = event.id() < 0 ? (int) event.lsn().longValue() / 10 : event.id();
    append(partitionOf(event.table(), place), event, null);
  }

  void write(TransactionMarker marker) {
    append(TRANSACTION_PARTITION, null, marker);
  }

  void writeTombstone(String table, int id) {
    append(partitionOf(table, id), null, null);
  }

  int version(String table, int id) {
    return versions.getOrDefault(table + id, 0);
  }

  /** One element of what Debezium emits, kept so that it can be emitted again after a crash. */
  interface Emission {
    void writeTo(DebeziumTopics topics, boolean again);
  }

  /**
   * The emissions of the next transaction to commit; each change is {@code table:id}, id -1
   * truncates.
   */
  List<Emission> transaction(List<String> changes) {
    return transaction(changes, Set.of());
  }

  /**
   * The same with a connector that is restarted, under exactly-once, before the changes of some
   * indexes (before END for the number of changes): each time it writes BEGIN again, as Debezium
   * does, goes on where it was, and has forgotten what it had counted. What committed before may
   * get a BEGIN and an END once more, too.
   */
  List<Emission> transaction(List<String> changes, Set<Integer> restarts) {
    Committed before = committed.isEmpty() ? null : committed.get(committed.size() - 1);
    long id = nextTransaction++;
    Long previous = lastCommit;
    long beginLsn = nextLsn();
    List<Emission> emissions = new ArrayList<>();
    List<String> described = new ArrayList<>();
    Map<String, Long> counts = new TreeMap<>();
    emissions.add((t, again) -> t.write(EncodedChanges.begin(id, beginLsn)));
    long order = 0;
    for (int i = 0; i <= changes.size(); i++) {
      if (restarts.contains(i)) {
        if (before != null && i % 2 == 0) {
          emissions.add((t, again) -> t.write(EncodedChanges.begin(before.id(), beginLsn)));
          emissions.add(
              (t, again) -> t.write(EncodedChanges.end(before.id(), before.commitLsn(), Map.of())));
        }
        emissions.add((t, again) -> t.write(EncodedChanges.begin(id, beginLsn)));
        order = 0;
        counts.clear();
      }
      if (i == changes.size()) {
        break;
      }
      String change = changes.get(i);
      String table = change.substring(0, change.indexOf(':'));
      int key = Integer.parseInt(change.substring(change.indexOf(':') + 1));
      order++;
      Event event;
      Event repeated;
      // A connector that restarts before its first commit takes the last LSN it processed for one.
      long known = previous == null ? beginLsn - 5 : previous;
      if (key < 0) {
        event = EncodedChanges.truncate(table, id, nextLsn(), previous, order);
        repeated = EncodedChanges.truncate(table, id, event.lsn(), known, order);
        described.add(table + " truncate");
      } else {
        int version = versions.merge(table + key, 1, Integer::sum);
        event = EncodedChanges.streamed(table, key, version, id, nextLsn(), previous, order);
        repeated = EncodedChanges.streamed(table, key, version, id, event.lsn(), known, order);
        described.add(table + key + "v" + version);
      }
      counts.merge("public." + table, 1L, Long::sum);
      emissions.add((t, again) -> t.write(again ? repeated : event));
      if (key >= 0 && key % 5 == 0) {
        emissions.add((t, again) -> t.writeTombstone(table, key));
      }
    }
    long commit = nextLsn();
    TransactionMarker end = EncodedChanges.end(id, commit, counts);
    emissions.add((t, again) -> t.write(end));
    lastCommit = commit;
    committed.add(new Committed(id, commit, described));
    return emissions;
  }

  void emit(List<Emission> emissions) {
    emissions.forEach(e -> e.writeTo(this, false));
  }

  /** After a crash: the same once more. */
  void emitAgain(List<Emission> emissions) {
    emissions.forEach(e -> e.writeTo(this, true));
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
