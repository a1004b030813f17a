package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.TableId;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What was read of one transaction so far: its changes by partition, and END when it has come. */
final class TransactionBuffer {
  private final long id;
  private final Map<PartitionId, TransactionRun> runs = new LinkedHashMap<>();
  private final BitSet orders = new BitSet();
  private final Map<TableId, Count> seen = new HashMap<>();
  private long seenTotal;
  private Lsn previousCommit;
  private long memoryBytes;

  private TransactionMarker end;
  private Lsn commitLsn;
  private long endNumber;
  private Map<String, Long> expected = Map.of();
  private long expectedTotal;
  private boolean settled;

  TransactionBuffer(long id) {
    this.id = id;
  }

  private static final class Count {
    private long value;
  }

  long id() {
    return id;
  }

  /** LSN of the commit before this transaction's, null as long as no change has said it. */
  Lsn previousCommit() {
    return previousCommit;
  }

  boolean ended() {
    return end != null;
  }

  TransactionMarker end() {
    return end;
  }

  /** LSN of END, null before it. */
  Lsn commitLsn() {
    return commitLsn;
  }

  /** Whether it is known that this committed after a snapshot. */
  boolean isAfter(Lsn snapshot) {
    return end != null
        ? commitLsn.compareTo(snapshot) > 0
        : previousCommit != null && previousCommit.compareTo(snapshot) >= 0;
  }

  /** Which END this transaction's was, from 1 in the order read; 0 before it. */
  long endNumber() {
    return endNumber;
  }

  /** Released, or dropped as a repeat: it holds back no offset any more. */
  boolean settled() {
    return settled;
  }

  void settle() {
    settled = true;
  }

  long memoryBytes() {
    return memoryBytes;
  }

  Collection<PartitionId> partitions() {
    return runs.keySet();
  }

  Collection<TransactionRun> runs() {
    return runs.values();
  }

  /** Changes that END counts in captured tables, by {@code schema.table}. */
  Map<String, Long> expected() {
    return expected;
  }

  Map<String, Long> seen() {
    Map<String, Long> counts = new TreeMap<>();
    seen.forEach((table, count) -> counts.put(table.toString(), count.value));
    return counts;
  }

  /**
   * Changes that END counts and that were not read, by {@code schema.table}; never negative ones.
   */
  Map<String, Long> missing() {
    Map<String, Long> missing = new TreeMap<>(expected);
    seen().forEach((table, count) -> missing.merge(table, -count, Long::sum));
    missing.values().removeIf(count -> count <= 0);
    return missing;
  }

  long seenTotal() {
    return seenTotal;
  }

  /**
   * Takes a change in.
   *
   * @param spillAbove bytes of this transaction in memory from which its changes go to disk
   * @return false if it is a repeat of one that is here already
   * @throws TransactionMetadataException if it contradicts what is here
   */
  boolean add(ReadChange change, long spillAbove, SpillDirectory directory) {
    PartitionId partition = PartitionId.of(change.change().coordinates());
    TransactionRun run = runs.computeIfAbsent(partition, p -> new TransactionRun());
    long order = change.transaction().totalOrder();
    if (order < 1 || order > Integer.MAX_VALUE) {
      throw contradiction(change, "total_order is " + order + ", expected 1 to 2147483647");
    }
    if (order != change.change().position().totalOrder()) {
      throw contradiction(
          change,
          "total_order is "
              + order
              + " but the change's position says "
              + change.change().position().totalOrder());
    }
    if (orders.get((int) order)) {
      checkRepeat(change, run, order);
      return false;
    }
    if (order <= run.lastOrder()) {
      throw contradiction(
          change,
          "total_order " + order + " stands behind " + run.lastOrder() + " in its partition");
    }
    orders.set((int) order);
    if (run.isSpilled() || memoryBytes + change.encodedSize() > spillAbove) {
      run.addSpilled(change, id, directory);
    } else {
      run.addInMemory(change);
      memoryBytes += change.encodedSize();
    }
    seen.computeIfAbsent(change.change().table(), t -> new Count()).value++;
    seenTotal++;
    if (previousCommit == null) {
      previousCommit = change.source().previousCommit();
    }
    if (end != null) {
      checkCounts();
    }
    return true;
  }

  // A repeat has the order and a place in the WAL not above what its partition has reached. A
  // change
  // with a used order but a later place means that Debezium lost its count in mid-transaction.
  private void checkRepeat(ReadChange change, TransactionRun run, long order) {
    if (order > run.lastOrder()) {
      Operation operation = change.change().operation();
      if (operation != Operation.TRUNCATE && operation != Operation.MESSAGE) {
        throw contradiction(
            change, "total_order " + order + " was read before from another partition");
      }
    } else if (change.source().lsn().compareTo(run.lastLsn()) > 0) {
      throw contradiction(
          change,
          "total_order "
              + order
              + " was read before, but LSN "
              + change.source().lsn()
              + " is new: the connector lost count in mid-transaction");
    }
  }

  void end(TransactionMarker marker, long number, Predicate<String> captured) {
    end = marker;
    commitLsn = marker.lsn();
    endNumber = number;
    expected = new TreeMap<>();
    marker
        .eventCounts()
        .forEach(
            (table, count) -> {
              if (count > 0 && captured.test(table)) {
                expected.put(table, count);
                expectedTotal += count;
              }
            });
    checkCounts();
  }

  boolean complete() {
    return end != null && seenTotal == expectedTotal;
  }

  private void checkCounts() {
    if (seenTotal < expectedTotal) {
      return;
    }
    if (!seen().equals(expected)) {
      throw new TransactionMetadataException(
          "transaction "
              + id
              + " (commit "
              + commitLsn
              + "): END counts "
              + expected
              + " but the changes read are "
              + seen()
              + "; check that the topics are written by one connector only, then take a new"
              + " snapshot");
    }
  }

  /** Frees memory and disk. */
  void delete() {
    runs.values().forEach(TransactionRun::delete);
    runs.clear();
    memoryBytes = 0;
  }

  private TransactionMetadataException contradiction(ReadChange change, String what) {
    return new TransactionMetadataException(
        "["
            + change.change().coordinates()
            + "] transaction "
            + id
            + ": "
            + what
            + "; check that the topics are written by one connector only and with an idempotent"
            + " producer, then take a new snapshot");
  }
}
