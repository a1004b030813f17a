package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import java.util.List;
import java.util.Map;

/**
 * Rows read by an incremental snapshot, in their place: after every change that stands before them
 * in their partition, before every one that stands behind. Applied as upserts in that order they
 * overwrite nothing newer, because Debezium drops a read whose key changed between the watermarks.
 *
 * <p>They have no LSN of their own: Debezium writes none, nor a transaction.
 *
 * @param rows in the order of each partition
 */
public record IncrementalRows(List<RowChange> rows, Map<PartitionId, Long> nextOffsets)
    implements Release {}
