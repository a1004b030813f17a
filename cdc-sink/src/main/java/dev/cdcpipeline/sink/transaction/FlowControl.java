package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.PartitionId;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Which partitions to pause while too much is in memory.
 *
 * <p>Never one that the oldest incomplete transaction may still need: a data partition is paused
 * only if it holds changes of a later transaction, and of one that comes after the snapshot that is
 * under way; the transaction topic only if END of the oldest was read and no snapshot waits for
 * another. So the oldest and the snapshot always complete, and there is no deadlock.
 */
final class FlowControl {
  private final long maxBytes;
  private final Set<PartitionId> paused = new HashSet<>();
  private boolean pressed;

  FlowControl(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * The partitions that are to rest now.
   *
   * @param head the oldest transaction that is not released, null if none is known
   * @param held whether a snapshot holds the head back, so that it needs nothing for now
   * @param snapshot LSN of the snapshot under way, null if none is
   * @param endAwaited whether that waits for the END of another transaction
   * @param transactions the transaction topic's partition, null if it is not known
   */
  Set<PartitionId> resting(
      long bytes,
      Collection<PartitionProgress> partitions,
      TransactionBuffer head,
      boolean held,
      Lsn snapshot,
      boolean endAwaited,
      PartitionProgress transactions) {
    // Hysteresis: or else partitions would be paused and resumed with every poll.
    pressed = pressed ? bytes > maxBytes / 2 : bytes > maxBytes;
    Set<PartitionId> resting = new HashSet<>();
    if (!pressed) {
      return resting;
    }
    for (PartitionProgress p : partitions) {
      boolean ahead =
          p == transactions
              ? head != null && head.ended() && !endAwaited
              : held ? p.holdsTransactions() && p.isPastSnapshot(snapshot) : p.holdsOtherThan(head);
      if (ahead) {
        resting.add(p.id());
      }
    }
    return resting;
  }

  /** Whether too much is in memory, so that partitions rest. */
  boolean isPressed() {
    return pressed;
  }

  Set<PartitionId> pause(Set<PartitionId> resting) {
    Set<PartitionId> more = new HashSet<>(resting);
    more.removeAll(paused);
    paused.addAll(more);
    return more;
  }

  Set<PartitionId> resume(Set<PartitionId> resting) {
    Set<PartitionId> fewer = new HashSet<>(paused);
    fewer.removeAll(resting);
    paused.removeAll(fewer);
    return fewer;
  }
}
