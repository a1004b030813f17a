package dev.cdcpipeline.sink.postgres;

/** What a record does to its table. */
public enum WriteMode {
  /** It replaces the row of its key, or deletes it. */
  UPSERT,
  /** It adds a row. */
  APPEND
}
