package dev.cdcpipeline.transforms.quality;

import dev.cdcpipeline.model.event.Lsn;
import java.time.Instant;

/**
 * A row that breaks a rule, or broke it until now.
 *
 * @param rule the rule's name
 * @param table the row's table
 * @param rowKey the row's key as text
 * @param detail what is wrong with the row, or was
 * @param openedAt when this was seen first, or when the rule's grace period was over
 * @param resolvedAt when it was seen that the row keeps the rule again or is gone; null while it
 *     breaks the rule
 * @param lsn of the latest change that was looked at
 */
public record BrokenRule(
    String rule,
    String table,
    String rowKey,
    String detail,
    Instant openedAt,
    Instant resolvedAt,
    Lsn lsn) {}
