package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.PartitionId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * How far one partition is read and how far of that is settled: what is not settled stands here in
 * the order of offsets, one entry for each stretch of records of one transaction or one kind.
 */
final class PartitionProgress {
  /** The earliest are reached first and the last says most; those between are dispensable. */
  private static final int MOST_TARGETS = 8;

  private final PartitionId id;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private long nextRead = -1;
  private long reported = -1;
  private boolean dirty;

  private final Deque<Target> targets = new ArrayDeque<>();
  private long pastEnd;
  private boolean pastSnapshot;

  PartitionProgress(PartitionId id) {
    this.id = id;
  }

  /** A stretch of records that are not settled: of a transaction, or rows of a snapshot. */
  private static final class Pending {
    private final long firstOffset;
    private final TransactionBuffer transaction;
    private final RowBatch rows;

    Pending(long firstOffset, TransactionBuffer transaction, RowBatch rows) {
      this.firstOffset = firstOffset;
      this.transaction = transaction;
      this.rows = rows;
    }

    boolean settled() {
      return transaction != null ? transaction.settled() : rows.handedOut();
    }
  }

  /**
   * An offset at which the partition ended.
   *
   * @param ends ENDs read by then
   * @param afterSnapshot whether the snapshot under way was written completely by then
   */
  private record Target(long offset, long ends, boolean afterSnapshot) {}

  PartitionId id() {
    return id;
  }

  /**
   * Notes that a record was read.
   *
   * @return false if it was handed in before
   */
  boolean read(long offset) {
    if (offset < nextRead) {
      return false;
    }
    reach(offset + 1);
    return true;
  }

  /** Notes that everything below the offset was read. */
  void reach(long offset) {
    if (offset > nextRead) {
      nextRead = offset;
    }
    while (!targets.isEmpty() && nextRead >= targets.peekFirst().offset()) {
      Target reached = targets.removeFirst();
      pastEnd = Math.max(pastEnd, reached.ends());
      pastSnapshot |= reached.afterSnapshot();
    }
  }

  /** Notes where the partition ended when {@code ends} ENDs had been read. */
  void endsAt(long offset, long ends, boolean afterSnapshot) {
    if (targets.size() >= MOST_TARGETS) {
      targets.removeLast();
    }
    targets.addLast(new Target(offset, ends, afterSnapshot));
    reach(nextRead);
  }

  void append(TransactionBuffer transaction, long offset) {
    Pending last = pending.peekLast();
    if (last == null || last.transaction != transaction) {
      pending.addLast(new Pending(offset, transaction, null));
    }
  }

  void append(RowBatch rows, long offset) {
    Pending last = pending.peekLast();
    if (last == null || last.rows != rows) {
      pending.addLast(new Pending(offset, null, rows));
    }
  }

  /** Forgets what is settled at the front. */
  void advance() {
    while (!pending.isEmpty() && pending.peekFirst().settled()) {
      pending.removeFirst();
    }
  }

  /** The incremental rows at the front, which nothing stands before any more; null if none are. */
  RowBatch incrementalRowsAtFront() {
    Pending first = pending.peekFirst();
    return first != null && first.rows != null && first.rows.incremental() ? first.rows : null;
  }

  /** The incremental rows at the back, if one read after this commit belongs to them, or null. */
  RowBatch incrementalRowsAtBack(Lsn previousCommit) {
    Pending last = pending.peekLast();
    return last != null && last.rows != null && last.rows.continuesWith(previousCommit)
        ? last.rows
        : null;
  }

  /** The incremental rows that wait and are not needed once a full snapshot is there. */
  List<RowBatch> replacedBy(Lsn snapshot) {
    List<RowBatch> replaced = new ArrayList<>();
    for (Pending p : pending) {
      if (p.rows != null && p.rows.isReplacedBy(snapshot)) {
        replaced.add(p.rows);
      }
    }
    return replaced;
  }

  /** First offset that is not settled; -1 if nothing was read. */
  long nextOffset() {
    return pending.isEmpty() ? nextRead : pending.peekFirst().firstOffset;
  }

  /** Offset to report, or -1 if it has not moved since it was reported last. */
  long takeMoved() {
    long next = nextOffset();
    if (next < 0 || next == reported) {
      return -1;
    }
    reported = next;
    return next;
  }

  /** Whether a change of another transaction than this one is waiting here. */
  boolean holdsOtherThan(TransactionBuffer head) {
    Iterator<Pending> last = pending.descendingIterator();
    while (last.hasNext()) {
      Pending p = last.next();
      if (p.transaction != null
          && !p.settled()
          && p.transaction != head
          && !p.transaction.isOvertaken()) {
        return true;
      }
    }
    return false;
  }

  /** Whether any change of a transaction is waiting here. */
  boolean holdsTransactions() {
    return holdsOtherThan(null);
  }

  /** Whether nothing of the transaction, whose END was read, can come here any more. */
  boolean isPast(TransactionBuffer head) {
    if (pastEnd >= head.endNumber()) {
      return true;
    }
    for (Pending p : pending) {
      TransactionBuffer t = p.transaction;
      if (t != null
          && t != head
          && (t.endNumber() > head.endNumber()
              || (t.previousCommit() != null
                  && t.previousCommit().compareTo(head.commitLsn()) >= 0))) {
        return true;
      }
    }
    return false;
  }

  /** Whether all rows of the snapshot in this partition were read. */
  boolean isPastSnapshot(Lsn snapshot) {
    if (pastSnapshot) {
      return true;
    }
    for (Pending p : pending) {
      TransactionBuffer t = p.transaction;
      if (t != null && (snapshot == null || t.isAfter(snapshot))) {
        return true;
      }
    }
    return false;
  }

  /** Whether this was read to where it ended once the snapshot under way was over. */
  boolean isReadToEndAfterSnapshot() {
    return pastSnapshot;
  }

  /** A new snapshot begins: what was known of the last one's end says nothing. */
  void snapshotBegins() {
    pastSnapshot = false;
    targets.removeIf(Target::afterSnapshot);
  }

  /** Marks the partition as touched; true if it was not. */
  boolean touch() {
    boolean first = !dirty;
    dirty = true;
    return first;
  }

  void untouch() {
    dirty = false;
  }
}
