/**
 * Holds the Kafka Connect connector and its task, which open a pipeline where the ledger says and
 * retry it after a passing fault. Only this package and those below it know Connect; a mode's own
 * work is in {@code transactional} or {@code topic}.
 */
package dev.cdcpipeline.sink.connect;
