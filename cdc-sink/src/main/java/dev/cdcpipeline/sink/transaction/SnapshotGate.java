package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Source;

/**
 * Keeps streamed transactions behind the full snapshot that comes before them.
 *
 * <p>Closed from a snapshot's first row, or from a start with nothing known, until the snapshot is
 * declared complete. While closed it lets through what committed up to the snapshot's LSN.
 */
final class SnapshotGate {
  private boolean open;
  private Lsn lsn;
  private Lsn completed;
  private boolean lastRowSeen;

  SnapshotGate(AssemblerStart start) {
    this.open = start.snapshot() == AssemblerStart.Snapshot.NONE;
    this.lsn = start.snapshotLsn().orElse(null);
    this.lastRowSeen = start.snapshotLastRowSeen();
  }

  /** What a snapshot row is. */
  enum Row {
    /** The first of a snapshot, or of one that the connector began anew. */
    FIRST,
    MEMBER,
    /** Of a snapshot that the connector has begun anew since: worth nothing. */
    SUPERSEDED
  }

  /**
   * Takes note of a snapshot row.
   *
   * @param applied commit LSN of the last transaction released, null if none was
   * @throws SnapshotOrderException if a transaction that comes after the snapshot was released
   */
  Row row(ReadChange change, Lsn applied) {
    Source source = change.source();
    Lsn at = source.lsn();
    if (at == null) {
      throw new TransactionMetadataException(
          "["
              + change.change().coordinates()
              + "] snapshot row has no LSN; check the Debezium version");
    }
    Row kind = classify(change, at, applied);
    if (kind != Row.SUPERSEDED && source.snapshot() == Source.Snapshot.LAST) {
      lastRowSeen = true;
    }
    return kind;
  }

  private Row classify(ReadChange change, Lsn at, Lsn applied) {
    if (lsn != null && at.compareTo(lsn) <= 0) {
      return at.equals(lsn) ? Row.MEMBER : Row.SUPERSEDED;
    }
    if (lsn == null && completed != null && at.compareTo(completed) <= 0) {
      if (at.equals(completed)) {
        throw new SnapshotOrderException(
            "["
                + change.change().coordinates()
                + "] row of the snapshot at "
                + at
                + " was read after that snapshot was declared complete; take a new snapshot");
      }
      return Row.SUPERSEDED;
    }
    if (applied != null && applied.compareTo(at) > 0) {
      throw new SnapshotOrderException(
          "["
              + change.change().coordinates()
              + "] row of a snapshot at "
              + at
              + " was read after the transaction at "
              + applied
              + ", which comes after the snapshot, was applied; reset the sink's ledger, so that it"
              + " reads the topics again behind the snapshot, or take a new snapshot into new"
              + " topics");
    }
    lsn = at;
    open = false;
    lastRowSeen = false;
    return Row.FIRST;
  }

  boolean holds(Lsn commit) {
    return !open && (lsn == null || commit.compareTo(lsn) > 0);
  }

  boolean open() {
    return open;
  }

  /** LSN of the snapshot under way, null if none is. */
  Lsn lsn() {
    return lsn;
  }

  boolean lastRowSeen() {
    return lastRowSeen;
  }

  void complete() {
    open = true;
    if (lsn != null) {
      completed = lsn;
    }
    lsn = null;
    lastRowSeen = false;
  }
}
