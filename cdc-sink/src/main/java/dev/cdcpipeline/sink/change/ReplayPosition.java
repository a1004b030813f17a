package dev.cdcpipeline.sink.change;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Source.Snapshot;
import dev.cdcpipeline.model.event.SourcePosition;

/**
 * Where a change stands among the changes of its row, however they are delivered: what tells a
 * repeated or overtaken change from a new one. The target's {@code is_repeat} and {@code is_below}
 * say the same in SQL.
 *
 * @param position place in the order of the source's commits
 * @param kind how far the position can be compared
 */
public record ReplayPosition(SourcePosition position, Kind kind) {

  /** What a position is of. */
  public enum Kind {
    /** A streamed change: the position is its place. */
    STREAMED,
    /**
     * A streamed change whose previous commit is not known, so that its own LSN stands in for it:
     * later than all that was read before, but not to be compared with it.
     */
    UNORDERED,
    /** A row that a snapshot read: it stands at the place of the read. */
    READ
  }

  /**
   * The place of a change event.
   *
   * @param epoch the source's epoch, from configuration
   */
  public static ReplayPosition of(ChangeEvent<?> event, int epoch) {
    Kind kind = Kind.STREAMED;
    if (event.operation() == Operation.READ) {
      kind = Kind.READ;
    } else if (event.source().snapshot() == Snapshot.FALSE
        && event.source().previousCommit() == null) {
      kind = Kind.UNORDERED;
    }
    return new ReplayPosition(event.position(epoch), kind);
  }

  /**
   * Whether a row on which the other change was the last one has this change already.
   *
   * <p>A change that can't be ordered is never refused, unless it is the other one itself.
   */
  public boolean isRepeatOf(ReplayPosition known) {
    if (kind == Kind.UNORDERED) {
      return equals(known);
    }
    SourcePosition other = known.position;
    if (position.epoch() != other.epoch()) {
      return position.epoch() < other.epoch();
    }
    if (kind == Kind.READ) {
      // what was written after the read was taken cannot be in it, whatever the commit before it
      // was
      return position.compareTo(other) <= 0 || other.lsn().compareTo(position.lsn()) > 0;
    }
    if (known.kind == Kind.READ) {
      // the change is in the read only if it was both written and preceded by a commit before that
      return position.lsn().compareTo(other.lsn()) <= 0
          && position.previousCommit().compareTo(other.lsn()) < 0;
    }
    return position.compareTo(other) <= 0;
  }

  /**
   * Whether a TRUNCATE of the table removed the row that this change left. A TRUNCATE has the table
   * for itself, so between it and other changes of the table the log's order is that of the
   * commits.
   */
  public boolean isBelow(ReplayPosition truncate) {
    int epoch = Integer.compare(position.epoch(), truncate.position.epoch());
    return epoch < 0 || (epoch == 0 && position.lsn().compareTo(truncate.position.lsn()) <= 0);
  }

  /** The literal of the target's type {@code source_position}. */
  public String literal() {
    return "(%d,%s,%s,%s)"
        .formatted(
            position.epoch(),
            kind == Kind.UNORDERED ? "" : position.previousCommit().toString(),
            position.lsn(),
            kind == Kind.READ ? "" : Long.toString(position.totalOrder()));
  }
}
