package dev.cdcpipeline.sink.table;

/** What a record does to its table. */
public enum WriteMode {
  /** It replaces the row of its key, or deletes it. */
  UPSERT,
  /** It adds a row. */
  APPEND,
  /**
   * It is a change of a source's row and makes the row what it is at the source, unless a later
   * change has done so already.
   */
  MIRROR
}
