/**
 * Rows in PostgreSQL's binary form, gathered in memory and reduced to the last change per key.
 * Nothing here knows JDBC, Kafka or a table's catalogue.
 */
package dev.cdcpipeline.sink.postgres.binary;
