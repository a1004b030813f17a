/**
 * The shop's results as topics, one class for each, the topology that joins them, and what the
 * Streams application loads. How change events become tables and how groups are kept is not known
 * here.
 */
package dev.cdcpipeline.shop.topology;
