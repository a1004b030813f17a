package dev.cdcpipeline.model.event;

import java.util.Comparator;

/**
 * Where a change stands in the order of the source's commits. An LSN alone is neither unique nor in
 * commit order; this is both.
 *
 * @param epoch raised by configuration when the source is restored or migrated, so that new
 *     positions are later than all old ones
 * @param previousCommit LSN of the commit before this change's transaction ({@code
 *     source.sequence[0]}); for a snapshot row its own LSN
 * @param lsn the change's own LSN
 * @param totalOrder place within the transaction, from 1; 0 for a snapshot row
 */
public record SourcePosition(int epoch, Lsn previousCommit, Lsn lsn, long totalOrder)
    implements Comparable<SourcePosition> {

  private static final Comparator<SourcePosition> ORDER =
      Comparator.comparingInt(SourcePosition::epoch)
          .thenComparing(SourcePosition::previousCommit)
          .thenComparing(SourcePosition::lsn)
          .thenComparingLong(SourcePosition::totalOrder);

  @Override
  public int compareTo(SourcePosition other) {
    return ORDER.compare(this, other);
  }
}
