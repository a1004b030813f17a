package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.SourcePosition;

/**
 * Tells a repeated or overtaken change from a new one by its source position, never by the bare
 * LSN: a change at a lower LSN may well have been committed later.
 *
 * <p>A streamed change whose previous commit is unknown (the first transaction after a snapshot)
 * has no place in that order. It is refused only if the row has it, or a later one of its kind,
 * already: what was written to one row is in the order of LSNs.
 */
final class ReplayGuard {

  static boolean isRepeat(ChangeEvent<?> event, SourcePosition position, SourcePosition known) {
    if (isUnordered(event)) {
      return Positions.isUnordered(known)
          && position.epoch() == known.epoch()
          && position.compareTo(known) <= 0;
    }
    if (position.epoch() != known.epoch()) {
      return position.epoch() < known.epoch();
    }
    if (event.isRead()) {
      // what was written after the read was taken cannot be in it, whatever the commit before it
      // was
      return position.compareTo(known) <= 0 || known.lsn().compareTo(position.lsn()) > 0;
    }
    if (Positions.isOfSnapshot(known)) {
      // the read stands at its own LSN: the change is in it only if it was both written and
      // preceded by a commit before that
      return position.lsn().compareTo(known.lsn()) <= 0
          && position.previousCommit().compareTo(known.lsn()) < 0;
    }
    return position.compareTo(known) <= 0;
  }

  /**
   * Whether a TRUNCATE of the table removed the row that a change left, or that a snapshot read. A
   * TRUNCATE has the table for itself, so between it and other changes of the table the log's order
   * is that of the commits, even for a change whose previous commit is not known.
   */
  static boolean isBelow(Truncation truncation, SourcePosition position) {
    SourcePosition floor = truncation.position();
    if (position.epoch() != floor.epoch()) {
      return position.epoch() < floor.epoch();
    }
    return position.lsn().compareTo(floor.lsn()) <= 0;
  }

  static boolean isUnordered(ChangeEvent<?> event) {
    return !event.isRead() && event.source().previousCommit() == null;
  }

  private ReplayGuard() {}
}
