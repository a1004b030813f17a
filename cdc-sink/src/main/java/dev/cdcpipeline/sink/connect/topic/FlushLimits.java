package dev.cdcpipeline.sink.connect.topic;

import java.time.Duration;

/**
 * When a flush is written.
 *
 * @param maxRows records after which it is full
 * @param maxBytes bytes of encoded rows and of their records after which it is full
 * @param interval how long it may gather before it is full
 */
record FlushLimits(int maxRows, long maxBytes, Duration interval) {}
