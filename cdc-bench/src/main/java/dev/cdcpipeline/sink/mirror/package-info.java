/**
 * Benchmarks of what the sink's package of this name keeps to itself. Nothing here but benchmarks:
 * the writer is in {@code cdc-sink}.
 */
package dev.cdcpipeline.sink.mirror;
