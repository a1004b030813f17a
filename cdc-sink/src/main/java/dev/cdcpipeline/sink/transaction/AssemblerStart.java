package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import java.util.Objects;
import java.util.Optional;

/**
 * What the target holds when a {@link TransactionAssembler} begins to read from the ledger's
 * offsets.
 *
 * @param applied the last streamed transaction applied, empty if none was; never a snapshot
 * @param snapshot whether snapshot rows stand before the streamed transactions
 * @param snapshotLsn LSN of the snapshot that was under way, else empty
 * @param snapshotLastRowSeen whether the row that ends the snapshot under way was loaded already
 */
public record AssemblerStart(
    Optional<AppliedTransaction> applied,
    Snapshot snapshot,
    Optional<Lsn> snapshotLsn,
    boolean snapshotLastRowSeen) {

  /** Where the target stands with snapshots. */
  public enum Snapshot {
    /** None is expected; one may still come and is recognised by its first row. */
    NONE,
    /**
     * Nothing is known of the source yet: streamed transactions wait until none can come before.
     */
    EXPECTED,
    /** Some of its rows are loaded, it is not visible yet. */
    UNDER_WAY
  }

  public AssemblerStart {
    Objects.requireNonNull(applied, "applied");
    if ((snapshot == Snapshot.UNDER_WAY) != snapshotLsn.isPresent()) {
      throw new IllegalArgumentException(
          "a snapshot under way has an LSN, and nothing else has: "
              + snapshot
              + " with "
              + snapshotLsn);
    }
  }

  /** Nothing was ever applied: streamed transactions wait until a snapshot is read or ruled out. */
  public static AssemblerStart fresh() {
    return new AssemblerStart(Optional.empty(), Snapshot.EXPECTED, Optional.empty(), false);
  }

  /** A snapshot, if there was one, is visible; empty if no streamed transaction was applied yet. */
  public static AssemblerStart after(Optional<AppliedTransaction> applied) {
    return new AssemblerStart(applied, Snapshot.NONE, Optional.empty(), false);
  }

  /** Stopped while a snapshot was being loaded. */
  public static AssemblerStart duringSnapshot(
      Optional<AppliedTransaction> applied, Lsn snapshotLsn, boolean lastRowSeen) {
    return new AssemblerStart(applied, Snapshot.UNDER_WAY, Optional.of(snapshotLsn), lastRowSeen);
  }
}
