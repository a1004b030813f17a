package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;

/**
 * What a store holds under a key: the last known row and the position it comes from.
 *
 * @param note of a deleted row, when it was deleted, in milliseconds; of a living one, the LSN of
 *     the last snapshot that read it again and found nothing new, 0 if there was none
 */
record StoredRow(SourcePosition position, long note, Object[] values) {

  static byte[] write(
      TableDefinition<?> definition, SourcePosition position, long note, Object[] values) {
    BinaryOutput out = new BinaryOutput();
    Positions.write(out, position);
    out.writeVarLong(note);
    out.writeByte(values == null ? 0 : 1);
    if (values != null) {
      definition.write(out, values);
    }
    return out.toByteArray();
  }

  static StoredRow read(TableDefinition<?> definition, byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    SourcePosition position = Positions.read(in);
    long note = in.readVarLong();
    return new StoredRow(position, note, in.readByte() == 0 ? null : definition.read(in));
  }
}
