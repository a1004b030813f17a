/**
 * Holds the registers that sinks keep in the target's schema {@code cdc}: offsets, positions,
 * owners of tables, replay positions and snapshots under way. Nothing here writes the rows of a
 * source table, and nothing here knows a writer.
 */
package dev.cdcpipeline.sink.ledger;
