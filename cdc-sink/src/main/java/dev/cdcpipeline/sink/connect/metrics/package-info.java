/**
 * Counts what a task does and registers the values with the worker or in JMX. Nothing here reads a
 * record or writes a row.
 */
package dev.cdcpipeline.sink.connect.metrics;
