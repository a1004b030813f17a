package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Changes that one transaction has in one partition, in the order of LSN and, among changes of one
 * LSN, of {@code total_order}: the first ones in memory, and once one is on disk all that follow
 * too.
 */
final class TransactionRun {
  private final List<RowChange> inMemory = new ArrayList<>();
  private SpilledRun spilled;
  private long lastOrder;
  private Lsn lastLsn;

  /** Whether the change comes after all that are here. */
  boolean isNext(ReadChange change) {
    int byLsn = lastLsn == null ? 1 : change.source().lsn().compareTo(lastLsn);
    return byLsn > 0 || (byLsn == 0 && change.transaction().totalOrder() > lastOrder);
  }

  boolean isSpilled() {
    return spilled != null;
  }

  void addInMemory(ReadChange change) {
    inMemory.add(change.change());
    moveTo(change);
  }

  void addSpilled(ReadChange change, TransactionIdentity transaction, SpillDirectory directory) {
    if (spilled == null) {
      spilled = directory.create(transaction, PartitionId.of(change.change().coordinates()));
    }
    spilled.append(change);
    moveTo(change);
  }

  private void moveTo(ReadChange change) {
    lastOrder = change.transaction().totalOrder();
    lastLsn = change.source().lsn();
  }

  Iterator<RowChange> read(ChangeDecoder decoder) {
    Iterator<RowChange> first = inMemory.iterator();
    if (spilled == null) {
      return first;
    }
    Iterator<RowChange> then = spilled.read(decoder);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return first.hasNext() || then.hasNext();
      }

      @Override
      public RowChange next() {
        return first.hasNext() ? first.next() : then.next();
      }
    };
  }

  void delete() {
    inMemory.clear();
    if (spilled != null) {
      spilled.delete();
      spilled = null;
    }
  }
}
