package dev.cdcpipeline.model.event;

import dev.cdcpipeline.model.event.Source.Snapshot;

/**
 * Where a change stands among the changes of its row, however they are delivered: what tells a
 * repeated or overtaken change from a new one. The sink's functions {@code is_repeat} and {@code
 * is_below} say the same in SQL.
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
    /** A row that an incremental snapshot read: it stands at the place of the read. */
    READ,
    /**
     * The same of a full snapshot. It is written even if it is as stored: its place tells it from
     * the rows that the snapshot has not read again.
     */
    SNAPSHOT;

    /** Whether the row was read, rather than changed. */
    public boolean isRead() {
      return this == READ || this == SNAPSHOT;
    }
  }

  /**
   * The place of a change event. That of a snapshot's announcement is right below the snapshot's
   * own rows, which it is not to remove.
   *
   * @param epoch the source's epoch, from configuration
   */
  public static ReplayPosition of(ChangeEvent<?> event, int epoch) {
    SourcePosition position = event.position(epoch);
    if (event.announcesSnapshot()) {
      Lsn below = new Lsn(position.lsn().value() - 1);
      return new ReplayPosition(new SourcePosition(epoch, below, below, 0), Kind.SNAPSHOT);
    }
    Kind kind = Kind.STREAMED;
    if (event.isRead()) {
      kind = event.source().snapshot() == Snapshot.INCREMENTAL ? Kind.READ : Kind.SNAPSHOT;
    } else if (event.source().previousCommit() == null) {
      kind = Kind.UNORDERED;
    }
    return new ReplayPosition(position, kind);
  }

  /**
   * The place of the change that left a row, from its position alone. A row that any snapshot read
   * is of kind {@link Kind#READ}.
   */
  public static ReplayPosition of(SourcePosition stored) {
    if (!stored.previousCommit().equals(stored.lsn())) {
      return new ReplayPosition(stored, Kind.STREAMED);
    }
    return new ReplayPosition(stored, stored.totalOrder() == 0 ? Kind.READ : Kind.UNORDERED);
  }

  /**
   * Whether a row on which the other change was the last one has this change already.
   *
   * <p>A change that can't be ordered is refused only if the row has it, or a later one of its
   * kind, already: what was written to one row is in the order of LSNs.
   */
  public boolean isRepeatOf(ReplayPosition known) {
    if (kind == Kind.UNORDERED) {
      return known.kind == Kind.UNORDERED
          && position.epoch() == known.position.epoch()
          && position.compareTo(known.position) <= 0;
    }
    SourcePosition other = known.position;
    if (position.epoch() != other.epoch()) {
      return position.epoch() < other.epoch();
    }
    if (kind.isRead()) {
      // what was written after the read was taken cannot be in it, whatever the commit before it
      // was
      return position.compareTo(other) <= 0 || other.lsn().compareTo(position.lsn()) > 0;
    }
    if (known.kind.isRead()) {
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
   *
   * <p>A snapshot's announcement removes what was both written and preceded by a commit before the
   * snapshot: a transaction that was open then may come after it with changes from before.
   */
  public boolean isBelow(ReplayPosition truncate) {
    int epoch = Integer.compare(position.epoch(), truncate.position.epoch());
    if (epoch != 0) {
      return epoch < 0;
    }
    boolean written = position.lsn().compareTo(truncate.position.lsn()) <= 0;
    if (!truncate.kind.isRead()) {
      return written;
    }
    return written
        && kind != Kind.UNORDERED
        && position.previousCommit().compareTo(truncate.position.lsn()) <= 0;
  }

  /** Its parts as a literal of a composite type of PostgreSQL. */
  public String literal() {
    return "(%d,%s,%s,%s)"
        .formatted(
            position.epoch(),
            kind == Kind.UNORDERED ? "" : position.previousCommit().toString(),
            position.lsn(),
            kind.isRead() ? "" : Long.toString(position.totalOrder()));
  }
}
