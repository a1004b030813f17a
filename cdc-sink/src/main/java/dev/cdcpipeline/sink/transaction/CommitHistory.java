package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The commits whose END was read, so that a redelivered transaction is recognised by its id and
 * commit LSN.
 *
 * <p>A redelivery repeats the history: it goes back to an earlier commit and comes by each later
 * one again. What does not is refused, because it is a commit that was never delivered at a place
 * that was already passed. The latest commits are remembered; what is older is taken for a
 * redelivery as long as its commit time allows it.
 */
final class CommitHistory {
  private static final int REMEMBERED = 10_000;

  /** The source's clock may be set back by this much between a commit and its redelivery. */
  private static final long CLOCK_STEP_MS = 60_000;

  private final Map<Lsn, TransactionIdentity> byLsn = new LinkedHashMap<>();
  private final Map<TransactionIdentity, Lsn> byIdentity =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TransactionIdentity, Lsn> eldest) {
          return size() > REMEMBERED;
        }
      };
  private Lsn applied;
  private long appliedMillis;
  private Lsn highest;
  private TransactionIdentity latest;
  private boolean goingBack;

  /**
   * A history that begins with what the target holds.
   *
   * @param last the last transaction applied, null if none was
   */
  CommitHistory(AppliedTransaction last) {
    if (last != null) {
      applied = last.commitLsn();
      appliedMillis = last.commitMillis();
      highest = last.commitLsn();
      latest = last.identity();
      byLsn.put(last.commitLsn(), last.identity());
      byIdentity.put(last.identity(), last.commitLsn());
    }
  }

  /** Commit LSN of the last transaction released, null if none was. */
  Lsn applied() {
    return applied;
  }

  /** Whether a change belongs to a transaction that was released. */
  boolean isOfReleased(ReadChange change) {
    if (applied == null) {
      return false;
    }
    TransactionIdentity transaction = TransactionIdentity.of(change);
    Lsn commit = byIdentity.get(transaction);
    if (commit != null) {
      return commit.compareTo(applied) <= 0;
    }
    if (change.source().lsn().compareTo(applied) >= 0) {
      return false;
    }
    // Delivered behind an earlier commit than the last one released, so its own lies between. The
    // first transaction that a connector streams knows of no commit before it.
    Lsn previous = change.source().previousCommit();
    return previous == null
        ? transaction.commitMillis() < appliedMillis
        : previous.compareTo(applied) < 0;
  }

  /** Whether the BEGIN is one of a transaction that was released. */
  boolean isReleased(TransactionIdentity transaction) {
    Lsn commit = byIdentity.get(transaction);
    return commit != null && applied != null && commit.compareTo(applied) <= 0;
  }

  /**
   * Takes note of an END.
   *
   * @return whether this commit was read before
   * @throws SourceHistoryException if the commit is not part of the history that was read
   */
  boolean isRedelivered(TransactionIdentity transaction, Lsn commit) {
    int place = highest == null ? 1 : commit.compareTo(highest);
    if (place > 0) {
      if (goingBack) {
        throw other(
            transaction,
            commit,
            "was read after earlier commits were delivered again, but not the commit at "
                + highest);
      }
      byLsn.put(commit, transaction);
      byIdentity.put(transaction, commit);
      highest = commit;
      latest = transaction;
      forgetEldest();
      return false;
    }
    TransactionIdentity known = byLsn.get(commit);
    if (known == null && commit.compareTo(byLsn.keySet().iterator().next()) >= 0) {
      throw other(transaction, commit, "was not there when the commits around it were read");
    }
    if (known != null && !known.equals(transaction)) {
      throw other(
          transaction, commit, "is at the place of transaction " + known.xid() + ", read before");
    }
    if (transaction.commitMillis() > latest.commitMillis() + CLOCK_STEP_MS) {
      throw other(
          transaction,
          commit,
          "committed later than the transaction at " + highest + ", which has a higher LSN");
    }
    goingBack = place < 0;
    byIdentity.put(transaction, commit);
    return true;
  }

  /** Notes that the transaction with this commit was released. */
  void released(TransactionIdentity transaction, Lsn commit) {
    applied = commit;
    appliedMillis = transaction.commitMillis();
    byIdentity.remove(transaction);
    byIdentity.put(transaction, commit);
    forgetEldest();
  }

  private void forgetEldest() {
    while (byLsn.size() > REMEMBERED) {
      Lsn eldest = byLsn.keySet().iterator().next();
      if (applied == null || eldest.compareTo(applied) >= 0) {
        return;
      }
      byLsn.remove(eldest);
    }
  }

  private static SourceHistoryException other(
      TransactionIdentity transaction, Lsn commit, String what) {
    return new SourceHistoryException(
        "transaction "
            + transaction.xid()
            + " (commit "
            + commit
            + ") "
            + what
            + "; it is not a redelivery. If the source was restored or replaced, raise"
            + " source.epoch and start over with a new snapshot; if two connectors write the same"
            + " topics, stop one and start over");
  }
}
