/**
 * TLS as clients meet it: stores named by Kafka's keys, and what failures mean. Nothing here opens
 * a connection.
 */
package dev.cdcpipeline.model.tls;
