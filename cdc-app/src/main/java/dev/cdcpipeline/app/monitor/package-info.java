/**
 * How a pipeline is, asked of its pieces from outside: Connect, the registry, Kafka and the two
 * databases. Nothing here prints or changes anything.
 */
package dev.cdcpipeline.app.monitor;
