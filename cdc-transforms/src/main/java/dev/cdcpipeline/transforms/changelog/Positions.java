package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;

/** Source positions as bytes, compact; not sorted. */
public final class Positions {

  /** Appends a position. */
  public static void write(BinaryOutput out, SourcePosition position) {
    out.writeVarLong(position.epoch());
    out.writeVarLong(position.previousCommit().value());
    out.writeVarLong(position.lsn().value());
    out.writeVarLong(position.totalOrder());
  }

  /** Reads what {@link #write} appended. */
  public static SourcePosition read(BinaryInput in) {
    return new SourcePosition(
        Math.toIntExact(in.readVarLong()),
        new Lsn(in.readVarLong()),
        new Lsn(in.readVarLong()),
        in.readVarLong());
  }

  private Positions() {}
}
