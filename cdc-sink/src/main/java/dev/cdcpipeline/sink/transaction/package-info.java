/**
 * Whole source transactions in commit order, assembled from row events and transaction markers.
 * Nothing here knows Kafka or JDBC.
 */
package dev.cdcpipeline.sink.transaction;
