package dev.cdcpipeline.sink.transaction;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * How a {@link TransactionAssembler} behaves.
 *
 * @param transactionTopic the topic of BEGIN and END, one partition
 * @param bufferMaxBytes encoded bytes of changes held in memory before partitions that run ahead
 *     are paused; a transaction that alone takes half of it goes to disk. At most one and a half
 *     times this, and one poll, are held, and about two bytes for each change of a transaction that
 *     is not released. Decoded rows take several times their encoded size
 * @param stallTimeout how long the oldest incomplete transaction may wait for its next event
 * @param spillParent where the assembler makes a directory of its own for changes that go to disk
 * @param owner names the sink and its target: spilled files carry it
 * @param captured whether the changes of a data collection ({@code schema.table}, as END counts it)
 *     are read at all. Decide by the configuration of topics, not by the partitions assigned at the
 *     moment: a table that is new is captured before its topic is assigned
 */
public record AssemblerOptions(
    String transactionTopic,
    long bufferMaxBytes,
    Duration stallTimeout,
    Path spillParent,
    String owner,
    Predicate<String> captured) {

  public AssemblerOptions {
    Objects.requireNonNull(transactionTopic, "transactionTopic");
    Objects.requireNonNull(spillParent, "spillParent");
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(captured, "captured");
    if (bufferMaxBytes < 1) {
      throw new IllegalArgumentException(
          "bufferMaxBytes must be at least 1, was " + bufferMaxBytes);
    }
    if (stallTimeout.isNegative() || stallTimeout.isZero()) {
      throw new IllegalArgumentException("stallTimeout must be positive, was " + stallTimeout);
    }
  }
}
