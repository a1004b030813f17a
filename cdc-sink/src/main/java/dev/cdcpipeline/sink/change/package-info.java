/**
 * Changes to rows on their way into a database, and their reduction to the last one per key.
 * Nothing here knows Kafka or JDBC.
 */
package dev.cdcpipeline.sink.change;
