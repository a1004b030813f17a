package dev.cdcpipeline.sink.result;

import java.time.Instant;

/**
 * Changes that a log lacks, because they were committed while it had failed or waited. A log can't
 * be computed again, so they stay missing; they are reported until somebody settles them.
 *
 * @param name the log
 * @param changes how many changes of the driving table
 * @param from commit time at the source of the first flush with such a change
 * @param to commit time at the source of the last one
 * @param fromLsn commit LSN that the first such flush reached
 * @param toLsn commit LSN that the last one reached
 */
public record LogGap(
    String name, long changes, Instant from, Instant to, String fromLsn, String toLsn) {}
