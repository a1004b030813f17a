/**
 * The keys and values of the shop's result topics, generated from the schemas in {@code
 * src/main/avro}. No logic lives here. The package is the namespace of the schemas, by which
 * registries know the records: it is older than this module and stays as it is.
 */
package dev.cdcpipeline.model.analytics;
