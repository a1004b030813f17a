/**
 * One result of the product's topology as an application of its own, to be measured. Nothing here
 * but that: the results are in {@code cdc-transforms}.
 */
package dev.cdcpipeline.transforms.topology;
