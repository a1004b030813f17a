package dev.cdcpipeline.sink.binary;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The fields of one row while it is encoded, in any order; a column without a field is NULL. A
 * field is its length in four bytes, then its bytes.
 */
final class FieldBuffer {
  private static final int KEPT = 1 << 20;
  private static final int ABSENT = -1;

  final ByteBuilder bytes = new ByteBuilder(1024);
  private final int[] starts;
  private final int[] lengths;
  private final BitSet kept;

  /**
   * @param keeps whether a row may leave columns as they are stored
   */
  FieldBuffer(int columns, boolean keeps) {
    starts = new int[columns];
    lengths = new int[columns];
    kept = keeps ? new BitSet(columns) : null;
    clear();
  }

  void clear() {
    bytes.clear(KEPT);
    Arrays.fill(starts, ABSENT);
    if (kept != null) {
      kept.clear();
    }
  }

  /** Leaves a column as it is stored; false where rows must have every value. */
  boolean keep(int column) {
    if (kept == null) {
      return false;
    }
    starts[column] = ABSENT;
    kept.set(column);
    return true;
  }

  /** The columns left as they are stored, null if there are none. */
  BitSet kept() {
    return kept == null || kept.isEmpty() ? null : (BitSet) kept.clone();
  }

  /** Lets go of the memory of a large row, which is not needed any more. */
  void release() {
    if (bytes.size() > KEPT) {
      clear();
    }
  }

  /** Begins the field of a column, whose length is known. */
  void begin(int column, int length) {
    starts[column] = bytes.size();
    lengths[column] = length + 4;
    bytes.putInt(length);
  }

  /** Begins the field of a column, whose length {@link #end} finds. */
  void begin(int column) {
    begin(column, 0);
  }

  void end(int column) {
    int length = bytes.size() - starts[column] - 4;
    bytes.setInt(starts[column], length);
    lengths[column] = length + 4;
  }

  void setNull(int column) {
    starts[column] = ABSENT;
  }

  boolean isNull(int column) {
    return starts[column] == ABSENT;
  }

  /** Adds the column's field to a row. */
  void copyTo(ByteBuilder row, int column) {
    int start = starts[column];
    if (start == ABSENT) {
      row.putInt(-1);
    } else {
      row.put(bytes.bytes(), start, lengths[column]);
    }
  }
}
