/**
 * Builds results of one's own on Kafka Streams: source table, group by, aggregates, result topic,
 * joined with other tables. Knows change events and aggregates, but no particular table or result.
 */
package dev.cdcpipeline.transforms.pipeline;
