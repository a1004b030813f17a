package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import java.time.Duration;

/**
 * A snapshot that reads the table again: rows older than it that it does not read are gone. They
 * are removed once its end is known or likely, not before, so that the others have no history of a
 * deletion.
 *
 * @param position the snapshot's: that of the rows it reads
 * @param commitMicros when it was announced, microseconds since the epoch
 * @param dueMillis wall-clock time from which rows that were not read again are removed
 * @param cursor the canonical key from which they are still to be removed; null once all have been
 */
record Rereading(SourcePosition position, long commitMicros, long dueMillis, byte[] cursor) {

  /** How long a snapshot may be silent that has neither ended nor been followed by a change. */
  private static final Duration SILENCE = Duration.ofMinutes(10);

  /** How long the last rows may be on their way from other partitions. */
  private static final Duration ON_THE_WAY = Duration.ofSeconds(10);

  /** A snapshot that was just announced. */
  static Rereading announced(ChangeEvent<?> event, int epoch, long nowMillis) {
    return new Rereading(
        event.position(epoch),
        event.source().timeMicros(),
        nowMillis + SILENCE.toMillis(),
        new byte[0]);
  }

  /** The same with another row read: more may follow. */
  Rereading read(long nowMillis) {
    long due = nowMillis + SILENCE.toMillis();
    // a store is written for each; a minute more or less does not count
    return dueMillis <= nowMillis + ON_THE_WAY.toMillis()
            || due - dueMillis < Duration.ofMinutes(1).toMillis()
        ? this
        : dueAt(due);
  }

  /** The same once its last row was written. */
  Rereading ended(long nowMillis) {
    return dueAt(Math.min(dueMillis, nowMillis + ON_THE_WAY.toMillis()));
  }

  private Rereading dueAt(long millis) {
    return millis == dueMillis ? this : new Rereading(position, commitMicros, millis, cursor);
  }

  Rereading at(byte[] newCursor) {
    return new Rereading(position, commitMicros, dueMillis, newCursor);
  }

  /** Whether rows are still to be removed. */
  boolean isPending() {
    return cursor != null;
  }

  boolean isDue(long nowMillis) {
    return isPending() && nowMillis >= dueMillis;
  }

  Lsn lsn() {
    return position.lsn();
  }

  /** Whether a row, or a change of one, is older than the snapshot. */
  boolean isAfter(SourcePosition other) {
    if (other.epoch() != position.epoch()) {
      return other.epoch() < position.epoch();
    }
    return other.lsn().compareTo(lsn()) < 0 && other.previousCommit().compareTo(lsn()) < 0;
  }

  /** Whether a streamed change shows that the snapshot has ended: none is streamed before. */
  boolean isBefore(SourcePosition change) {
    return change.epoch() == position.epoch()
        && (change.lsn().compareTo(lsn()) > 0 || change.previousCommit().compareTo(lsn()) >= 0);
  }

  byte[] toBytes() {
    BinaryOutput out = new BinaryOutput();
    Positions.write(out, position);
    out.writeVarLong(commitMicros);
    out.writeVarLong(dueMillis);
    if (cursor != null) {
      out.writeLengthAndBytes(cursor);
    }
    return out.toByteArray();
  }

  static Rereading read(byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    return new Rereading(
        Positions.read(in),
        in.readVarLong(),
        in.readVarLong(),
        in.isAtEnd() ? null : in.readLengthAndBytes());
  }
}
