package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import java.util.List;
import java.util.Map;

/**
 * Rows of a full snapshot, as they come: to be loaded aside until the snapshot is complete.
 *
 * <p>A row may come again after a restart, when an older transaction's change stands before it in
 * its partition: load by key, or by coordinates where there is no key.
 *
 * @param lsn the snapshot's LSN. When it is another than before, the connector began the snapshot
 *     anew: what was loaded before is to be discarded
 * @param rows in the order of each partition
 * @param lastRowSeen whether the connector's last row of the snapshot was seen, in this release or
 *     before; other partitions may still hold earlier ones
 */
public record SnapshotRows(
    Lsn lsn, List<RowChange> rows, boolean lastRowSeen, Map<PartitionId, Long> nextOffsets)
    implements Release {}
