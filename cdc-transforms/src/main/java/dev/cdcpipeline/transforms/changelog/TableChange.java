package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.SourcePosition;

/**
 * One change of one row of a table, both sides from our own state and complete: no replay, no
 * placeholder, no padding.
 *
 * @param <R> the rows
 * @param kind what happened, as the log of changes tells it
 * @param key the canonical key
 * @param before the row before; null if it was not there or not known
 * @param after the row now; null if it is gone
 * @param position where the change stands at the source; that of a TRUNCATE for the rows it removed
 * @param commitMicros commit time at the source, microseconds since the epoch
 */
public record TableChange<R>(
    Kind kind, byte[] key, R before, R after, SourcePosition position, long commitMicros) {

  /** What happened to the row. */
  public enum Kind {
    /** A snapshot read it and found something else than we knew. */
    SNAPSHOT,
    CREATED,
    UPDATED,
    DELETED
  }
}
