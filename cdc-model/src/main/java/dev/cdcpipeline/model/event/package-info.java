/**
 * A typed view of Debezium's change events: operation, rows, source position, transaction. Nothing
 * here reads bytes, knows Kafka or knows a table.
 */
package dev.cdcpipeline.model.event;
