/**
 * Aggregates as algebra: what rows add to a group can be taken away again and groups can be merged,
 * so that a result follows updates and deletes exactly. Pure Java: nothing here knows Kafka, a
 * store, a clock or a database.
 */
package dev.cdcpipeline.transforms.aggregate;
