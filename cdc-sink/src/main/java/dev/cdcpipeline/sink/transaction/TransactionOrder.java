package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * The transactions that are not released: which were begun, which have ended and in which order.
 */
final class TransactionOrder {
  private final Map<TransactionIdentity, TransactionBuffer> buffers = new HashMap<>();
  private final Map<TransactionIdentity, TransactionBuffer> begun = new LinkedHashMap<>();
  private final Deque<TransactionBuffer> ended = new ArrayDeque<>();
  private final PriorityQueue<TransactionBuffer> unended =
      new PriorityQueue<>(Comparator.comparing(TransactionBuffer::previousCommit));
  private final CommitHistory history;
  // with the number of the END that was read instead of its own, which never comes
  private final Map<TransactionBuffer, Long> overtaken = new LinkedHashMap<>();
  private long ends;

  /**
   * An order that begins after what the target holds.
   *
   * @param last the last transaction applied, null if none was
   */
  TransactionOrder(AppliedTransaction last) {
    this.history = new CommitHistory(last);
  }

  /** Commit LSN of the last transaction released, null if none was. */
  Lsn applied() {
    return history.applied();
  }

  /** ENDs read, without those of redelivered transactions. */
  long ends() {
    return ends;
  }

  int open() {
    return buffers.size();
  }

  Collection<TransactionBuffer> buffers() {
    return buffers.values();
  }

  /**
   * The oldest transaction that is not released: first of those that ended, else of those begun.
   */
  TransactionBuffer head() {
    if (!ended.isEmpty()) {
      return ended.peekFirst();
    }
    Iterator<TransactionBuffer> first = begun.values().iterator();
    return first.hasNext() ? first.next() : null;
  }

  /** A transaction that has changes but neither BEGIN nor END, null if there is none. */
  TransactionBuffer unannounced() {
    for (TransactionBuffer b : buffers.values()) {
      if (!b.ended() && !begun.containsKey(b.identity())) {
        return b;
      }
    }
    return null;
  }

  /**
   * Whether a transaction waits that committed after a snapshot; after anything, if that is null.
   */
  boolean holdsAnyAfter(Lsn snapshot) {
    for (TransactionBuffer b : buffers.values()) {
      if (snapshot == null || b.isAfter(snapshot)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a change belongs to a transaction that was released. */
  boolean isOfReleased(ReadChange change) {
    return history.isOfReleased(change);
  }

  TransactionBuffer buffer(TransactionIdentity transaction) {
    return buffers.computeIfAbsent(transaction, TransactionBuffer::new);
  }

  /** To be told when a buffer got its first change that says which commit was before. */
  void gotPreviousCommit(TransactionBuffer buffer) {
    if (!buffer.ended()) {
      unended.add(buffer);
    }
  }

  /**
   * Notes a BEGIN.
   *
   * @return the transaction, null if it was released before
   */
  TransactionBuffer begin(TransactionIdentity transaction, Delivery by) {
    if (history.isReleased(transaction)) {
      return null;
    }
    TransactionBuffer buffer = buffer(transaction);
    overtaken.remove(buffer);
    if (!buffer.ended()) {
      begun.put(transaction, buffer);
      buffer.begin(by);
    }
    return buffer;
  }

  /**
   * Takes note of an END.
   *
   * @return whether it was read before
   * @throws SourceHistoryException if the commit is not part of the history that was read
   */
  boolean isRedeliveredEnd(TransactionIdentity transaction, Lsn commit) {
    return history.isRedelivered(transaction, commit);
  }

  /**
   * Drops what was read of a transaction that was delivered again.
   *
   * @return the dropped buffer, settled, or null if there was none or it still waits for its
   *     release
   */
  TransactionBuffer dropRedelivered(TransactionIdentity transaction) {
    TransactionBuffer buffer = buffers.get(transaction);
    if (buffer == null || buffer.ended()) {
      return null;
    }
    begun.remove(transaction);
    buffers.remove(transaction);
    buffer.settle();
    return buffer;
  }

  /**
   * The number of an END that was not read before.
   *
   * <p>A connector that delivers whole transactions does not end one that it has handed on in part
   * if it takes a new snapshot instead, which has all of it. Its rows may not have been read yet.
   *
   * @throws TransactionMetadataException if a transaction begun earlier has not ended, and nothing
   *     is promised of it
   */
  long nextEnd(TransactionIdentity transaction) {
    begun.remove(transaction);
    for (TransactionBuffer lost : begun.values()) {
      if (lost.begunBy() != Delivery.WHOLE_TRANSACTIONS) {
        throw neverEnded(lost);
      }
    }
    ends++;
    for (TransactionBuffer lost : begun.values()) {
      lost.overtaken();
      overtaken.put(lost, ends);
    }
    begun.clear();
    return ends;
  }

  /** Whether a transaction has ended behind one that was begun earlier and never ended. */
  boolean waitsForOvertaken(TransactionBuffer buffer) {
    return !overtaken.isEmpty() && buffer.endNumber() >= overtaken.values().iterator().next();
  }

  /** What is wrong if no snapshot is there in place of a transaction that never ended. */
  Optional<TransactionMetadataException> neverEnded() {
    return overtaken.keySet().stream().findFirst().map(TransactionOrder::neverEnded);
  }

  private static TransactionMetadataException neverEnded(TransactionBuffer lost) {
    return new TransactionMetadataException(
        "transaction "
            + lost.id()
            + " has a BEGIN and "
            + lost.seenTotal()
            + " changes but no END, and a transaction begun later has ended; check that the"
            + " transaction topic is complete and that provide.transaction.metadata was not"
            + " switched off, then take a new snapshot");
  }

  /** Whether a transaction has not ended that is known to have committed before a snapshot. */
  boolean hasUnendedBefore(Lsn snapshot) {
    return buffers.values().stream().anyMatch(b -> !b.ended() && b.isBefore(snapshot));
  }

  /**
   * Drops transactions that have not ended and never will, because a snapshot has them, and what
   * waits behind them and is in the snapshot, too.
   *
   * @return the dropped buffers, settled
   */
  List<TransactionBuffer> dropHeldBefore(Lsn snapshot) {
    List<TransactionBuffer> dropped =
        buffers.values().stream()
            .filter(
                b ->
                    b.ended() ? waitsForOvertaken(b) && !b.isAfter(snapshot) : b.isBefore(snapshot))
            .toList();
    for (TransactionBuffer buffer : dropped) {
      overtaken.remove(buffer);
      begun.remove(buffer.identity());
      ended.remove(buffer);
      buffers.remove(buffer.identity());
      buffer.settle();
    }
    return dropped;
  }

  void end(TransactionBuffer buffer) {
    ended.addLast(buffer);
  }

  /** Releases the head, which has ended. */
  void releaseHead() {
    TransactionBuffer head = ended.removeFirst();
    buffers.remove(head.identity());
    head.settle();
    history.released(head.identity(), head.commitLsn());
    checkNoneLeftBehind();
  }

  private void checkNoneLeftBehind() {
    Lsn applied = history.applied();
    while (!unended.isEmpty()) {
      TransactionBuffer first = unended.peek();
      if (first.ended() || first.settled()) {
        unended.remove();
      } else if (first.previousCommit().compareTo(applied) < 0) {
        throw new TransactionMetadataException(
            "transaction "
                + first.id()
                + " has "
                + first.seenTotal()
                + " changes "
                + first.seen()
                + " but no END, and the transaction at "
                + applied
                + ", committed later, has ended; check that the transaction topic is complete and"
                + " that provide.transaction.metadata was not switched off and on, then take a new"
                + " snapshot");
      } else {
        return;
      }
    }
  }
}
