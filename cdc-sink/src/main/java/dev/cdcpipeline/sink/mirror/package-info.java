/**
 * Writes whole source transactions to mirrors: staging, snapshots, and the view of a flush that its
 * listeners get. Nothing here knows Kafka, and nothing here knows {@code sink.table}, which writes
 * rows topic by topic.
 */
package dev.cdcpipeline.sink.mirror;
