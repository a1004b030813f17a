package dev.cdcpipeline.sink.transaction;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/** Notices that the oldest incomplete transaction waits for events that don't come. */
final class StallWatch {
  private final Clock clock;
  private final Duration timeout;
  private final String transactionTopic;
  private Instant since;
  private Instant overtakenSince;

  StallWatch(Clock clock, Duration timeout, String transactionTopic) {
    this.clock = clock;
    this.timeout = timeout;
    this.transactionTopic = transactionTopic;
  }

  /** The oldest incomplete transaction got nearer to its completion, or none is incomplete. */
  void progressed() {
    since = null;
  }

  /**
   * Fails if a transaction that never ended is still there after the timeout.
   *
   * @param why what is wrong then; empty if there is none
   */
  void checkOvertaken(Optional<TransactionMetadataException> why) {
    Instant now = clock.instant();
    if (why.isEmpty()) {
      overtakenSince = null;
    } else if (overtakenSince == null) {
      overtakenSince = now;
    } else if (!now.isBefore(overtakenSince.plus(timeout))) {
      throw why.get();
    }
  }

  /** Whether the wait has lasted so long that asking for end offsets is worth its cost. */
  boolean suspicious() {
    return since != null && !clock.instant().isBefore(since.plus(timeout.dividedBy(4)));
  }

  /**
   * Fails if the transaction can't complete any more, or has waited too long.
   *
   * @param head incomplete; with or without BEGIN and END
   * @param announced whether it has a BEGIN or END
   * @param awaited the partitions that its missing changes would come from, empty if not known
   * @param markersSeen whether any record of the transaction topic was read
   * @param blocks whether later changes wait behind the transaction
   */
  void check(
      TransactionBuffer head,
      boolean announced,
      Collection<PartitionProgress> awaited,
      boolean markersSeen,
      boolean blocks) {
    Instant now = clock.instant();
    if (since == null) {
      since = now;
    }
    if (head.ended() && !awaited.isEmpty() && awaited.stream().allMatch(p -> p.isPast(head))) {
      throw stalled(
          head,
          "their partitions were read past it, so the missing changes are not in the topics; check"
              + " the retention of "
              + head.missing().keySet()
              + " and that nothing deletes their records, then take a new snapshot");
    }
    if (now.isBefore(since.plus(timeout))) {
      return;
    }
    if (announced && !head.ended() && !blocks) {
      // The source connector stopped in the middle of a transaction; it will deliver it again.
      return;
    }
    if (head.ended()) {
      throw stalled(
          head,
          "no further change of it was read for "
              + timeout
              + "; check that all change topics are among the connector's topics, that their"
              + " partitions are assigned and readable, and that no source transaction is left open"
              + " by a stopped source connector");
    }
    if (announced) {
      throw stalled(
          head,
          "END has not come and nothing was read for "
              + timeout
              + "; check that the source connector is running and still has"
              + " provide.transaction.metadata=true");
    }
    throw stalled(
        head,
        "neither BEGIN nor END has come for "
            + timeout
            + (markersSeen
                ? "; check that the source connector is running and still has"
                    + " provide.transaction.metadata=true"
                : "; no record of "
                    + transactionTopic
                    + " was read at all: check that it is among the connector's topics and that the"
                    + " source connector has provide.transaction.metadata=true"));
  }

  private static StalledTransactionException stalled(TransactionBuffer head, String why) {
    StringBuilder message = new StringBuilder("transaction ").append(head.id());
    if (head.ended()) {
      message
          .append(" (commit ")
          .append(head.commitLsn())
          .append(") is stalled: END counts ")
          .append(head.expected())
          .append(", read were ")
          .append(head.seen());
    } else {
      message.append(" is stalled: read were ").append(head.seen());
    }
    return new StalledTransactionException(
        message.append("; ").append(why).toString(), head.id(), head.expected(), head.seen());
  }
}
