package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All partitions that are read, how far each is, and which have moved since the last release. */
final class Partitions {
  private final String transactionTopic;
  private final Map<PartitionId, PartitionProgress> byId = new HashMap<>();
  private final List<PartitionProgress> touched = new ArrayList<>();
  private final Map<TableId, String> topicByTable = new HashMap<>();
  private PartitionProgress transactions;
  private boolean assigned;

  Partitions(String transactionTopic) {
    this.transactionTopic = transactionTopic;
  }

  PartitionProgress get(PartitionId id) {
    PartitionProgress known = byId.get(id);
    if (known != null) {
      return known;
    }
    PartitionProgress p = new PartitionProgress(id);
    byId.put(id, p);
    if (transactions == null && id.topic().equals(transactionTopic)) {
      transactions = p;
    }
    return p;
  }

  void assign(Map<PartitionId, Long> positions) {
    positions.forEach((id, offset) -> get(id).reach(offset));
    assigned = true;
  }

  Collection<PartitionProgress> all() {
    return byId.values();
  }

  /** The transaction topic's partition, null as long as it is neither assigned nor read. */
  PartitionProgress transactions() {
    return transactions;
  }

  Collection<PartitionProgress> data() {
    List<PartitionProgress> data = new ArrayList<>(byId.values());
    data.remove(transactions);
    return data;
  }

  /** Remembers where a table's changes come from. */
  void saw(TableId table, PartitionProgress partition) {
    topicByTable.putIfAbsent(table, partition.id().topic());
  }

  /** Notes that a partition's next offset may move. */
  void touch(PartitionProgress p) {
    if (p.touch()) {
      touched.add(p);
    }
  }

  void touchAll(Collection<PartitionId> ids) {
    ids.forEach(id -> touch(get(id)));
  }

  /**
   * Incremental rows that nothing stands before any more in their partition; null if there are
   * none.
   */
  RowBatch incrementalRowsAtFront() {
    for (PartitionProgress p : touched) {
      p.advance();
      RowBatch rows = p.incrementalRowsAtFront();
      if (rows != null) {
        return rows;
      }
    }
    return null;
  }

  /** The next offsets that are other than when they were taken last. */
  Map<PartitionId, Long> takeMoved() {
    Map<PartitionId, Long> moved = new HashMap<>();
    for (int i = touched.size() - 1; i >= 0; i--) {
      PartitionProgress p = touched.get(i);
      p.advance();
      long next = p.takeMoved();
      if (next >= 0) {
        moved.put(p.id(), next);
      }
      // One with incremental rows at its front stays, for the next poll to find them.
      if (p.incrementalRowsAtFront() == null) {
        p.untouch();
        touched.remove(i);
      }
    }
    return moved;
  }

  Map<PartitionId, Long> nextOffsets() {
    Map<PartitionId, Long> offsets = new HashMap<>();
    for (PartitionProgress p : byId.values()) {
      p.advance();
      if (p.nextOffset() >= 0) {
        offsets.put(p.id(), p.nextOffset());
      }
    }
    return offsets;
  }

  /** The partitions that changes of these tables come from; empty if those of one are not known. */
  List<PartitionProgress> of(Collection<String> tables) {
    List<PartitionProgress> found = new ArrayList<>();
    for (String table : tables) {
      String known = topicOf(table);
      int before = found.size();
      for (PartitionProgress p : byId.values()) {
        String topic = p.id().topic();
        if (p != transactions
            && (known == null ? topic.endsWith("." + table) : topic.equals(known))) {
          found.add(p);
        }
      }
      // A new table's topic may not be assigned yet.
      if (!assigned || found.size() == before) {
        return List.of();
      }
    }
    return found;
  }

  private String topicOf(String table) {
    for (Map.Entry<TableId, String> e : topicByTable.entrySet()) {
      if (e.getKey().toString().equals(table)) {
        return e.getValue();
      }
    }
    return null;
  }
}
