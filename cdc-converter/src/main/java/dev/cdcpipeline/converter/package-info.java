/**
 * A Kafka Connect converter that writes change events as Avro in the Confluent wire format. It
 * knows Connect's data and Avro; it knows neither Debezium nor any table.
 */
package dev.cdcpipeline.converter;
