package dev.cdcpipeline.sink.postgres;

/** What the writer may do to a mirror when the source's table changes. */
public enum SchemaEvolution {
  /** Nothing: a column that the mirror lacks stops the writer. */
  NONE,
  /** Add missing columns. */
  ADD,
  /** Add missing columns, widen types, relax NOT NULL. Never drop, never narrow. */
  EVOLVE
}
