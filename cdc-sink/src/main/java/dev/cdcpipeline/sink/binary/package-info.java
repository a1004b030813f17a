/**
 * Encodes rows in PostgreSQL's binary form, gathers them in memory and reduces them to the last
 * change per key. Nothing here knows JDBC, Kafka or a table's catalogue.
 */
package dev.cdcpipeline.sink.binary;
