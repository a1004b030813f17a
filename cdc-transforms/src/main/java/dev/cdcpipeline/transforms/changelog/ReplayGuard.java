package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Source.Snapshot;
import dev.cdcpipeline.model.event.SourcePosition;

/**
 * Tells a repeated or overtaken change from a new one by its source position, never by the bare
 * LSN: a change at a lower LSN may well have been committed later.
 *
 * <p>A streamed change whose previous commit is unknown (the first transaction after the source
 * connector starts) has no place in that order; it is refused only if it is the very change that
 * was applied last.
 */
final class ReplayGuard {

  static boolean isRepeat(ChangeEvent<?> event, SourcePosition position, SourcePosition known) {
    if (isUnordered(event)) {
      return position.equals(known);
    }
    if (position.epoch() != known.epoch()) {
      return position.epoch() < known.epoch();
    }
    if (event.operation() == Operation.READ) {
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
   * Whether a change is older than the TRUNCATE. If both are of one transaction, their order in it
   * decides, which is known even if that transaction's place is not.
   */
  static boolean isBelow(Truncation truncation, ChangeEvent<?> event, SourcePosition position) {
    if (!isUnordered(event)) {
      return position.compareTo(truncation.position()) <= 0;
    }
    return event.source().transactionId() == truncation.transactionId()
        && position.lsn().compareTo(truncation.position().lsn()) <= 0;
  }

  private static boolean isUnordered(ChangeEvent<?> event) {
    return event.source().snapshot() == Snapshot.FALSE && event.source().previousCommit() == null;
  }

  private ReplayGuard() {}
}
