package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.ReplayPosition.Kind;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;

/**
 * A TRUNCATE of the table: a floor under its rows. What is not above it is gone.
 *
 * @param position of the TRUNCATE
 * @param commitMicros commit time at the source, microseconds since the epoch
 * @param cursor the canonical key from which rows are still to be removed; null once all have been
 */
record Truncation(SourcePosition position, long commitMicros, byte[] cursor) {

  /** Stored truncations have a number here that nothing reads. */
  private static final long UNUSED = 0;

  /** Whether it removed the row that a change left. */
  boolean removes(ReplayPosition change) {
    return change.isBelow(new ReplayPosition(position, Kind.STREAMED));
  }

  Truncation at(byte[] newCursor) {
    return new Truncation(position, commitMicros, newCursor);
  }

  byte[] toBytes() {
    BinaryOutput out = new BinaryOutput();
    Positions.write(out, position);
    out.writeVarLong(UNUSED);
    out.writeVarLong(commitMicros);
    if (cursor != null) {
      out.writeLengthAndBytes(cursor);
    }
    return out.toByteArray();
  }

  static Truncation read(byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    SourcePosition position = Positions.read(in);
    in.readVarLong();
    return new Truncation(
        position, in.readVarLong(), in.isAtEnd() ? null : in.readLengthAndBytes());
  }
}
