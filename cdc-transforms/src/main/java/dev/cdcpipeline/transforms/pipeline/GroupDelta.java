package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.aggregate.Aggregation;
import dev.cdcpipeline.transforms.aggregate.Aggregation.Contribution;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;

/**
 * What one change of a row does to one group.
 *
 * @param lsn of the change
 * @param retracted what the group loses, null if nothing
 * @param accumulated what the group gains, null if nothing
 */
record GroupDelta(Lsn lsn, Contribution retracted, Contribution accumulated) {
  private static final int RETRACTS = 1;
  private static final int ACCUMULATES = 2;

  /** The form of contributions; those of before had none. */
  private static final int COMPACT = 4;

  byte[] toBytes(Aggregation<?> aggregation) {
    BinaryOutput out = new BinaryOutput();
    out.writeByte(
        COMPACT | (retracted == null ? 0 : RETRACTS) | (accumulated == null ? 0 : ACCUMULATES));
    out.writeVarLong(lsn.value());
    if (retracted != null) {
      aggregation.write(out, retracted);
    }
    if (accumulated != null) {
      aggregation.write(out, accumulated);
    }
    return out.toByteArray();
  }

  static GroupDelta read(Aggregation<?> aggregation, byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    int what = in.readByte();
    if ((what & COMPACT) == 0) {
      throw new IllegalStateException(
          "a change on its way to its group is in the form of an older build: let that build read"
              + " its internal topics to their ends before it is replaced, or start the application"
              + " over (docs/start-over.md)");
    }
    Lsn lsn = new Lsn(in.readVarLong());
    Contribution retracted = (what & RETRACTS) == 0 ? null : aggregation.read(in);
    Contribution accumulated = (what & ACCUMULATES) == 0 ? null : aggregation.read(in);
    return new GroupDelta(lsn, retracted, accumulated);
  }
}
