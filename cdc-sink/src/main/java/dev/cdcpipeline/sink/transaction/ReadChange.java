package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.model.event.TransactionBlock;
import dev.cdcpipeline.sink.change.RowChange;
import java.util.Objects;

/**
 * A change as it was read from its topic, decoded, with the bytes it came as.
 *
 * @param change the change; its position's total order is the transaction block's
 * @param source the event's source block: tells snapshot rows from streamed ones
 * @param transaction the event's transaction block, null if it has none
 * @param key the record's key as read, null if it has none; kept only while the change is spilled
 * @param value the record's value as read; kept only while the change is spilled
 */
public record ReadChange(
    RowChange change, Source source, TransactionBlock transaction, byte[] key, byte[] value) {

  public ReadChange {
    Objects.requireNonNull(change, "change");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(value, "value");
  }

  /** Bytes of key and value: what buffers are measured in. */
  long encodedSize() {
    return (key == null ? 0L : key.length) + value.length;
  }
}
