package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.TableId;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What was read of one transaction so far: its changes by partition, and END when it has come.
 *
 * <p>Debezium that is restarted in the middle of a transaction writes BEGIN a second time and
 * counts anew: {@code total_order} begins at 1 again, and END counts the changes after the last
 * BEGIN only. Those before it are in the topics all the same, once. Such a transaction is <em>begun
 * again</em>; its changes are told apart and ordered by LSN, and it is complete when nothing of it
 * can come any more.
 */
final class TransactionBuffer {
  private final long id;
  private final Map<PartitionId, TransactionRun> runs = new LinkedHashMap<>();
  private final BitSet orders = new BitSet();
  private final Map<TableId, Count> seen = new HashMap<>();
  private long seenTotal;
  private final Set<Truncate> truncates = new HashSet<>();
  private Lsn previousCommit;
  private long memoryBytes;
  private int begins;
  private TransactionMetadataException recount;

  private TransactionMarker end;
  private Lsn commitLsn;
  private long endNumber;
  private Map<String, Long> expected = Map.of();
  private long expectedTotal;
  private boolean settled;

  TransactionBuffer(long id) {
    this.id = id;
  }

  /** A truncate has no key, so that a repeat of it may stand in another partition. */
  private record Truncate(TableId table, Lsn lsn) {}

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

  /** Notes a BEGIN. */
  void begin() {
    begins++;
  }

  /** Whether the connector was restarted in the middle of this transaction. */
  boolean begunAgain() {
    return begins > 1;
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
    if (!run.isNext(change) || isTruncateSeen(change)) {
      return false;
    }
    if (orders.get((int) order)) {
      countedAnew(change, "total_order " + order + " was read before");
    } else if (order < run.lastOrder()) {
      countedAnew(
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

  private boolean isTruncateSeen(ReadChange change) {
    return change.change().operation() == Operation.TRUNCATE
        && !truncates.add(new Truncate(change.change().table(), change.source().lsn()));
  }

  // Right only if the connector began again; the second BEGIN may not have been read yet.
  private void countedAnew(ReadChange change, String what) {
    if (begunAgain() || recount != null) {
      return;
    }
    recount = contradiction(change, what + ", but its LSN " + change.source().lsn() + " is new");
    if (end != null) {
      throw recount;
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
    if (recount != null && !begunAgain()) {
      throw recount;
    }
    checkCounts();
  }

  /**
   * Whether END counts no more than was read; for a transaction that was begun again this does not
   * mean that all was read.
   */
  boolean complete() {
    return end != null && (begunAgain() ? missing().isEmpty() : seenTotal == expectedTotal);
  }

  private void checkCounts() {
    if (seenTotal < expectedTotal || begunAgain()) {
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
