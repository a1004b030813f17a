/**
 * Bytes to events and back: the Confluent wire format, a registry client, decoders for any table
 * and Kafka serdes. Nothing here knows a table, and nothing else in the project reads Avro bytes.
 */
package dev.cdcpipeline.model.serde;
