package dev.cdcpipeline.transforms.quality;

import dev.cdcpipeline.model.event.Lsn;

/**
 * What a rule says of a row now.
 *
 * @param rule its name
 * @param rowKey the row's key as text
 * @param detail what is wrong; null if the row keeps the rule, or is gone
 * @param lsn of the change that was looked at
 */
public record Observation(String rule, String rowKey, String detail, Lsn lsn) {}
