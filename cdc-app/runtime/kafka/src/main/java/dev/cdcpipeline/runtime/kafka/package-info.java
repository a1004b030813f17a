/**
 * What runs inside the broker's process, beside Kafka's own code. Nothing here is on the class path
 * of the cdc command.
 */
package dev.cdcpipeline.runtime.kafka;
