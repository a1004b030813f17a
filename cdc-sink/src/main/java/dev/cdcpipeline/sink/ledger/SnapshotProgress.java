package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.TableId;
import java.util.Map;

/**
 * How far the loading of a snapshot has come.
 *
 * @param lsn where the snapshot stands in the source's log
 * @param lastRowSeen whether the row marked as the snapshot's last is among those loaded
 * @param rows rows loaded, by source table; a row read again counts again
 */
public record SnapshotProgress(Lsn lsn, boolean lastRowSeen, Map<TableId, Long> rows) {

  public SnapshotProgress {
    rows = Map.copyOf(rows);
  }
}
