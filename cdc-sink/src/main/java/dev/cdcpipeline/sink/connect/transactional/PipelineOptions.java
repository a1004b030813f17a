package dev.cdcpipeline.sink.connect.transactional;

import java.time.Clock;

/**
 * How the pipeline works.
 *
 * @param transactionTopic Debezium's transaction topic
 * @param sourceEpoch raised when the source was restored or migrated
 * @param maxRowsPerFlush changes after which the transactions at hand are written
 * @param clock tells when a report is due
 */
record PipelineOptions(
    String transactionTopic, int sourceEpoch, int maxRowsPerFlush, Clock clock) {}
