package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The transactions that are not released: which were begun, which have ended and in which order,
 * and which were released lately, so that their repeats are recognised.
 */
final class TransactionOrder {
  private static final int REMEMBERED = 10_000;

  private final Map<Long, TransactionBuffer> buffers = new HashMap<>();
  private final Map<Long, TransactionBuffer> begun = new LinkedHashMap<>();
  private final Deque<TransactionBuffer> ended = new ArrayDeque<>();
  private final PriorityQueue<TransactionBuffer> unended =
      new PriorityQueue<>(Comparator.comparing(TransactionBuffer::previousCommit));
  private final Map<Long, Lsn> released =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Lsn> eldest) {
          return size() > REMEMBERED;
        }
      };

  private Lsn applied;
  private Lsn highestEnd;
  private long ends;

  TransactionOrder(Lsn applied) {
    this.applied = applied;
    this.highestEnd = applied;
  }

  /** Commit LSN of the last transaction released, null if none was. */
  Lsn applied() {
    return applied;
  }

  /** ENDs read, without repeats. */
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
      if (!b.ended() && !begun.containsKey(b.id())) {
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
  boolean isRepeat(ReadChange change) {
    Lsn previous = change.source().previousCommit();
    if (previous != null && applied != null && previous.compareTo(applied) < 0) {
      return true;
    }
    Lsn commit = released.get(change.transaction().transactionId());
    return commit != null && change.source().lsn().compareTo(commit) < 0;
  }

  TransactionBuffer buffer(long id) {
    return buffers.computeIfAbsent(id, TransactionBuffer::new);
  }

  /** To be told when a buffer got its first change that says which commit was before. */
  void gotPreviousCommit(TransactionBuffer buffer) {
    if (!buffer.ended()) {
      unended.add(buffer);
    }
  }

  TransactionBuffer begin(long id) {
    TransactionBuffer buffer = buffer(id);
    if (!buffer.ended()) {
      begun.put(id, buffer);
      buffer.begin();
    }
    return buffer;
  }

  boolean isRepeatedEnd(Lsn commit) {
    return highestEnd != null && commit.compareTo(highestEnd) <= 0;
  }

  /**
   * Drops what was read of a repeated transaction.
   *
   * @return the dropped buffer, settled, or null if there was none or it still waits for its
   *     release
   */
  TransactionBuffer dropRepeat(long id, Lsn commit) {
    TransactionBuffer buffer = buffers.get(id);
    if (buffer != null && buffer.ended()) {
      return null;
    }
    begun.remove(id);
    released.put(id, commit);
    if (buffer != null) {
      buffers.remove(id);
      buffer.settle();
    }
    return buffer;
  }

  /**
   * The number of an END that is not a repeat, and the transaction begun before it that never
   * ended.
   */
  long nextEnd(long id) {
    begun.remove(id);
    if (!begun.isEmpty()) {
      TransactionBuffer lost = begun.values().iterator().next();
      throw new TransactionMetadataException(
          "transaction "
              + lost.id()
              + " has a BEGIN and "
              + lost.seenTotal()
              + " changes but no END, and transaction "
              + id
              + ", begun later, has ended; check that the transaction topic is complete and that"
              + " provide.transaction.metadata was not switched off, then take a new snapshot");
    }
    return ++ends;
  }

  void end(TransactionBuffer buffer) {
    ended.addLast(buffer);
    highestEnd = buffer.commitLsn();
  }

  /** Releases the head, which has ended. */
  void releaseHead() {
    TransactionBuffer head = ended.removeFirst();
    buffers.remove(head.id());
    head.settle();
    released.put(head.id(), head.commitLsn());
    applied = head.commitLsn();
    checkNoneLeftBehind();
  }

  private void checkNoneLeftBehind() {
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
