package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What was read of one transaction so far: its changes by partition, and END when it has come.
 *
 * <p>A transaction that was delivered in part comes again from its BEGIN. Each change is taken
 * once: it is known by its number among the transaction's changes of its table, and its LSN. The
 * two deliveries may put a change into different partitions if it has no key.
 *
 * <p>A connector that does not deliver whole transactions goes on where it was, after a second
 * BEGIN, and counts from one again. Its counts then prove nothing, so such a transaction is refused
 * as soon as its END shows that it was not applied before.
 */
final class TransactionBuffer {
  private final TransactionIdentity identity;
  private final Set<PartitionId> partitions = new HashSet<>();
  private final Map<PartitionId, TransactionRun> current = new HashMap<>();
  private final List<TransactionRun> runs = new ArrayList<>();
  private final Map<TableId, ChangeNumbers> seen = new HashMap<>();
  private long seenTotal;
  private Lsn previousCommit;
  private long memoryBytes;
  private boolean begun;
  private Delivery begunBy = Delivery.UNKNOWN;
  private boolean overtaken;
  private TransactionMetadataException refusal;
  private TransactionMetadataException refusalUnlessWhole;

  private TransactionMarker end;
  private Delivery delivery = Delivery.UNKNOWN;
  private Lsn commitLsn;
  private long endNumber;
  private Map<String, Long> expected = Map.of();
  private long expectedTotal;
  private boolean settled;

  TransactionBuffer(TransactionIdentity identity) {
    this.identity = identity;
  }

  TransactionIdentity identity() {
    return identity;
  }

  /** PostgreSQL's transaction id. */
  long id() {
    return identity.xid();
  }

  /** LSN of the commit before this transaction's, null as long as no change has said it. */
  Lsn previousCommit() {
    return previousCommit;
  }

  /** Notes a BEGIN before END. */
  void begin(Delivery by) {
    if (begun && by == Delivery.UNKNOWN) {
      refusal =
          new TransactionMetadataException(
              "transaction "
                  + id()
                  + " has a second BEGIN, written by a source connector that does not deliver whole"
                  + " transactions: it was restarted in the middle of the transaction, counts from"
                  + " one again and may have lost changes; use ExactlyOncePostgresConnector of this"
                  + " version and start over with a new snapshot");
    }
    begun = true;
    begunBy = by;
    overtaken = false;
  }

  /** What the writer of its BEGIN promises. */
  Delivery begunBy() {
    return begunBy;
  }

  /** One that was begun later has ended, and this will not: it waits for a snapshot. */
  void overtaken() {
    overtaken = true;
  }

  boolean isOvertaken() {
    return overtaken;
  }

  /** Whether it is known that this committed before a snapshot was taken. */
  boolean isBefore(Lsn snapshot) {
    return previousCommit != null && previousCommit.compareTo(snapshot) < 0;
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

  /** Released, or dropped as a redelivery: it holds back no offset any more. */
  boolean settled() {
    return settled;
  }

  void settle() {
    settled = true;
  }

  long memoryBytes() {
    return memoryBytes;
  }

  /** Where changes of it were read, duplicates too. */
  Set<PartitionId> partitions() {
    return partitions;
  }

  Collection<TransactionRun> runs() {
    return runs;
  }

  /** Changes that END counts in captured tables, by {@code schema.table}. */
  Map<String, Long> expected() {
    return expected;
  }

  Map<String, Long> seen() {
    Map<String, Long> counts = new TreeMap<>();
    seen.forEach((table, numbers) -> counts.put(table.toString(), numbers.count()));
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
   * @return false if it is a duplicate of one that is here already
   * @throws TransactionMetadataException if it contradicts what is here
   */
  boolean add(ReadChange change, long spillAbove, SpillDirectory directory) {
    checkNumbers(change);
    partitions.add(PartitionId.of(change.change().coordinates()));
    ChangeNumbers numbers =
        seen.computeIfAbsent(change.change().table(), table -> new ChangeNumbers());
    switch (numbers.take(change.transaction().dataCollectionOrder(), change.source().lsn())) {
      case YES -> {
        return false;
      }
      case OTHERWISE ->
          throw contradiction(
              change,
              "data_collection_order "
                  + change.transaction().dataCollectionOrder()
                  + " was read before with another LSN than "
                  + change.source().lsn());
      case NO -> {}
    }
    TransactionRun run = runFor(change);
    if (run.isSpilled() || memoryBytes + change.encodedSize() > spillAbove) {
      run.addSpilled(change, identity, directory);
    } else {
      run.addInMemory(change);
      memoryBytes += change.encodedSize();
    }
    seenTotal++;
    if (previousCommit == null) {
      previousCommit = change.source().previousCommit();
    }
    if (end != null) {
      checkEnded();
    }
    return true;
  }

  private void checkNumbers(ReadChange change) {
    long order = change.transaction().totalOrder();
    if (order < 1) {
      throw contradiction(change, "total_order is " + order + ", expected at least 1");
    }
    if (order != change.change().position().totalOrder()) {
      throw contradiction(
          change,
          "total_order is "
              + order
              + " but the change's position says "
              + change.change().position().totalOrder());
    }
    long number = change.transaction().dataCollectionOrder();
    if (number < 1 || number > Integer.MAX_VALUE) {
      throw contradiction(
          change, "data_collection_order is " + number + ", expected 1 to 2147483647");
    }
  }

  // A redelivered change that was not read where it was delivered first stands behind later ones.
  private TransactionRun runFor(ReadChange change) {
    PartitionId partition = PartitionId.of(change.change().coordinates());
    TransactionRun run = current.get(partition);
    if (run != null && run.isNext(change)) {
      return run;
    }
    if (run != null && refusalUnlessWhole == null) {
      // Whoever delivers whole transactions repeats the numbers; of others that is not known.
      refusalUnlessWhole =
          contradiction(
              change,
              "LSN "
                  + change.source().lsn()
                  + " and total_order "
                  + change.transaction().totalOrder()
                  + " stand behind later ones in their partition");
    }
    TransactionRun next = new TransactionRun();
    current.put(partition, next);
    runs.add(next);
    return next;
  }

  void end(TransactionMarker marker, Delivery by, long number, Predicate<String> captured) {
    end = marker;
    delivery = by;
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
    checkEnded();
  }

  /** Whether all was read that END counts. */
  boolean complete() {
    return end != null && seenTotal == expectedTotal;
  }

  private void checkEnded() {
    if (refusal != null) {
      throw refusal;
    }
    if (refusalUnlessWhole != null && delivery == Delivery.UNKNOWN) {
      throw refusalUnlessWhole;
    }
    if (seenTotal >= expectedTotal && !isAsCounted()) {
      throw new TransactionMetadataException(
          "transaction "
              + id()
              + " (commit "
              + commitLsn
              + "): END counts "
              + expected
              + " but the changes read are "
              + seen()
              + ", up to number "
              + highestNumber()
              + "; check that the topics are written by one connector only, then take a new"
              + " snapshot");
    }
  }

  private boolean isAsCounted() {
    for (ChangeNumbers numbers : seen.values()) {
      if (numbers.highest() != numbers.count()) {
        return false;
      }
    }
    return seen().equals(expected);
  }

  private long highestNumber() {
    return seen.values().stream().mapToLong(ChangeNumbers::highest).max().orElse(0);
  }

  /** Frees memory and disk. */
  void delete() {
    runs.forEach(TransactionRun::delete);
    runs.clear();
    current.clear();
    memoryBytes = 0;
  }

  private TransactionMetadataException contradiction(ReadChange change, String what) {
    return new TransactionMetadataException(
        "["
            + change.change().coordinates()
            + "] transaction "
            + id()
            + ": "
            + what
            + "; check that the topics are written by one connector only and with an idempotent"
            + " producer, then take a new snapshot");
  }
}
