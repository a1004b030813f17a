/**
 * Runs inside the source connector and sees values before Debezium converts them. It knows Debezium
 * and the JDBC driver's values; it must not know any table, nor how a target stores a value.
 */
package dev.cdcpipeline.debezium;
