/**
 * The shop's results as topics, one class for each, and the topology that joins them. Knows the
 * tables of the shop and their results, nothing of how change events become tables or how groups
 * are kept.
 */
package dev.cdcpipeline.transforms.topology;
