/**
 * Hosts the analytics topology as a process: configuration, topics, failures, a clean end. The only
 * package here that reads configuration, and the only one that has a {@code main}.
 */
package dev.cdcpipeline.transforms.application;
