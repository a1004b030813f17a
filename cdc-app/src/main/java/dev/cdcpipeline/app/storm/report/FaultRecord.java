package dev.cdcpipeline.app.storm.report;

import java.time.Instant;

/**
 * A fault that happened.
 *
 * @param fault its name
 * @param round in which round, from 1
 * @param at when it began
 * @param detail what it did exactly
 * @param lastedMillis how long it lasted
 * @param recoveredMillis from its end until the target showed a commit that was made after it
 */
public record FaultRecord(
    String fault, int round, Instant at, String detail, long lastedMillis, long recoveredMillis) {}
