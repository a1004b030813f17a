/**
 * Writes the rows of each topic to its table: upserts, appends, and mirrors whose rows are ordered
 * by source position. Nothing here knows Kafka, and nothing here knows {@code sink.mirror}, which
 * writes whole transactions.
 */
package dev.cdcpipeline.sink.table;
