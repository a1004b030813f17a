/**
 * The stack that a storm plays on, in a launcher's process of its own, with the storm's tables,
 * results and connectors. It knows how to reach, kill and restart the parts; it must not know
 * faults or checks.
 */
package dev.cdcpipeline.app.storm.stage;
