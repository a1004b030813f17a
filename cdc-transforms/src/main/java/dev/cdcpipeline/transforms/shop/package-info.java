/**
 * The shop's tables as the transforms know them: complete rows, whatever a single change event
 * carried. Knows no result and no topology.
 */
package dev.cdcpipeline.transforms.shop;
