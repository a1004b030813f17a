/**
 * Change events made into tables under canonical keys: replays refused by source position, TOASTed
 * values filled from our own state, truncates and snapshot reads applied. Knows the stores of Kafka
 * Streams, but no topology, no topic and no particular table.
 */
package dev.cdcpipeline.transforms.changelog;
