package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;

/**
 * What a store holds under a key: the last known row, the position it comes from, and a time in
 * milliseconds (when it was deleted; 0 for a living row).
 */
record StoredRow(SourcePosition position, long timeMillis, Object[] values) {

  static byte[] write(
      TableDefinition<?> definition, SourcePosition position, long timeMillis, Object[] values) {
    BinaryOutput out = new BinaryOutput();
    Positions.write(out, position);
    out.writeVarLong(timeMillis);
    out.writeByte(values == null ? 0 : 1);
    if (values != null) {
      definition.write(out, values);
    }
    return out.toByteArray();
  }

  static StoredRow read(TableDefinition<?> definition, byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    SourcePosition position = Positions.read(in);
    long timeMillis = in.readVarLong();
    return new StoredRow(position, timeMillis, in.readByte() == 0 ? null : definition.read(in));
  }
}
