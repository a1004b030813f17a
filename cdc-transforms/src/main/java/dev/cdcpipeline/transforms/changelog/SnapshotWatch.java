package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.ReplayPosition.Kind;
import dev.cdcpipeline.model.event.SourcePosition;

/**
 * Follows the latest snapshot that reads the table again: what it has found, and when the rest can
 * be removed. Not thread-safe.
 */
final class SnapshotWatch {
  private final TableStores stores;
  private final int epoch;
  private Rereading latest;

  SnapshotWatch(TableStores stores, int epoch) {
    this.stores = stores;
    this.epoch = epoch;
    this.latest = stores.latestRereading();
  }

  /** A snapshot was announced. */
  void announced(ChangeEvent<?> event, long nowMillis) {
    Rereading announced = Rereading.announced(event, epoch, nowMillis);
    if (latest == null || announced.position().compareTo(latest.position()) > 0) {
      keep(announced);
    }
  }

  /** A row was the last one that a snapshot read of the table. */
  void ended(ChangeEvent<?> lastRow, long nowMillis) {
    if (latest != null && latest.lsn().equals(lastRow.source().lsn())) {
      keep(latest.ended(nowMillis));
    }
  }

  /** Whether an event is older than the snapshot: what it says is in the snapshot, or gone. */
  boolean isOutdated(ReplayPosition change) {
    return latest != null
        && latest.isAfter(change.position())
        && change.kind() != Kind.UNORDERED
        && (change.kind().isRead() || !latest.isPending());
  }

  /** An event was read: the snapshot goes on, or is over. */
  void follow(ReplayPosition change, long nowMillis) {
    if (latest == null || !latest.isPending()) {
      return;
    }
    if (!change.kind().isRead()) {
      if (latest.isBefore(change.position())) {
        keep(latest.ended(nowMillis));
      }
    } else if (change.position().lsn().equals(latest.lsn())) {
      keep(latest.read(nowMillis));
    }
  }

  /**
   * What to note with a row that a streamed change writes. The first transaction after the snapshot
   * may have written before it what the snapshot could not read.
   */
  long noteOf(ReplayPosition change) {
    return latest != null && latest.isPending() && change.kind() == Kind.UNORDERED
        ? latest.lsn().value()
        : 0;
  }

  /** Whether a row that is read as it is known has to be noted as found. */
  boolean finds(SourcePosition read, SourcePosition known) {
    return latest != null
        && latest.isPending()
        && latest.lsn().equals(read.lsn())
        && latest.isAfter(known);
  }

  /** The snapshot whose missing rows are to be removed now, null if there is none. */
  Rereading due(long nowMillis) {
    return latest != null && latest.isDue(nowMillis) ? latest : null;
  }

  /** Rows before this key were looked at; null if all were. */
  void swept(byte[] next) {
    keep(latest.at(next));
  }

  private void keep(Rereading rereading) {
    if (!rereading.equals(latest)) {
      latest = rereading;
      stores.putRereading(rereading);
    }
  }
}
