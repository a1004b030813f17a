package dev.cdcpipeline.sink.change;

import dev.cdcpipeline.model.event.Row;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;

/**
 * What a change takes in memory, about: the values that can be large are counted, for all others
 * the size of an object is taken. Enough to keep memory in bounds, and cheap.
 */
public final class ChangeSize {
  private static final int OBJECT = 24;

  private ChangeSize() {}

  /** Bytes of a change's rows. */
  public static long of(RowChange change) {
    return OBJECT + of(change.row()) + of(change.before());
  }

  private static long of(Row row) {
    long bytes = 0;
    if (row != null) {
      for (int column = 0; column < row.type().size(); column++) {
        bytes += ofValue(row.get(column));
      }
    }
    return bytes;
  }

  private static long ofValue(Object value) {
    long bytes = OBJECT;
    if (value instanceof String text) {
      bytes += text.length();
    } else if (value instanceof byte[] binary) {
      bytes += binary.length;
    } else if (value instanceof BigDecimal number) {
      bytes += number.unscaledValue().bitLength() / Byte.SIZE;
    } else if (value instanceof Row nested) {
      bytes += of(nested);
    } else if (value instanceof Collection<?> elements) {
      for (Object element : elements) {
        bytes += ofValue(element);
      }
    } else if (value instanceof Map<?, ?> entries) {
      for (Map.Entry<?, ?> entry : entries.entrySet()) {
        bytes += ofValue(entry.getKey()) + ofValue(entry.getValue());
      }
    }
    return bytes;
  }
}
