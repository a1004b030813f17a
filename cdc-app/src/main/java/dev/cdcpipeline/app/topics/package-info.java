/**
 * Shows what is on a topic: reads some records, and writes keys, values and headers as text. It
 * changes nothing, and commits no offsets.
 */
package dev.cdcpipeline.app.topics;
