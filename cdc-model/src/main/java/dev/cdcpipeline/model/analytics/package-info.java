/**
 * The keys and values of the result topics, generated from the schemas in {@code src/main/avro}. No
 * logic lives here.
 */
package dev.cdcpipeline.model.analytics;
