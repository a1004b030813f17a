/**
 * The Kafka Connect connector: the only package that knows Connect, and the only one that sees its
 * configuration.
 */
package dev.cdcpipeline.sink.connect;
