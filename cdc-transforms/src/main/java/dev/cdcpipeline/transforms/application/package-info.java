/**
 * Hosts results as a process: configuration, topics, failures, a clean end. The only package here
 * that reads configuration, and the only one that has a {@code main}; what is computed is behind
 * {@link dev.cdcpipeline.transforms.application.StreamsResults}.
 */
package dev.cdcpipeline.transforms.application;
