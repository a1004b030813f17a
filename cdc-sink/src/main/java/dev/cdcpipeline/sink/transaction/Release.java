package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.PartitionId;
import java.util.Map;

/**
 * What the assembler hands out next. Apply the releases in the order they come.
 *
 * <p>With each, store {@link #nextOffsets()} in the ledger, in the same target transaction; of
 * several applied together, the last value of each partition counts.
 */
public sealed interface Release permits SourceTransaction, SnapshotRows, IncrementalRows {

  /**
   * For each partition that moved since the release before: the first offset there that is not
   * applied once this release and all before it are.
   */
  Map<PartitionId, Long> nextOffsets();
}
