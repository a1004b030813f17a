package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.util.List;

/**
 * What one flush changes, handed to {@link FlushListener}s inside the flush's transaction.
 *
 * @param connection the flush's connection, in its transaction; a listener neither commits nor
 *     closes it
 * @param tables the tables the flush touches
 * @param snapshot whether the flush makes a whole snapshot visible, so that most keys are touched
 * @param position highest commit LSN the flush reaches
 * @param commitTimeMicros commit time at the source of the flush's last transaction, microseconds
 *     since the epoch (UTC)
 */
public record FlushView(
    Connection connection,
    List<StagedTable> tables,
    boolean snapshot,
    Lsn position,
    long commitTimeMicros) {}
