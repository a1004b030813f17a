package dev.cdcpipeline.sink.binary;

import java.util.List;

/**
 * Turns rows into PostgreSQL arrays in binary form, one for each column, in the columns' order; of
 * deletes, one for each key column.
 */
public final class FieldArrays {
  private static final int HEADER = 20;
  private static final int NULL = -1;

  private final EncodedRows<?> rows;
  private final List<BinaryType> types;
  private final int[] cursors;
  private int next;

  private FieldArrays(EncodedRows<?> rows, List<BinaryType> types, int[] cursors) {
    this.rows = rows;
    this.types = types;
    this.cursors = cursors;
  }

  /**
   * Arrays of the columns of some changes.
   *
   * @param changes all of them deletes, whose columns are the key's, or none
   */
  public static FieldArrays of(EncodedRows<?> rows, int[] changes, int from, int to) {
    boolean deleted = to > from && rows.isDelete(changes[from]);
    int[] cursors = new int[to - from];
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] = rows.firstField(changes[from + i]);
    }
    return new FieldArrays(rows, rows.fieldTypes(deleted), cursors);
  }

  /** Whether there is a further column. */
  public boolean hasNext() {
    return next < types.size();
  }

  /** Form of the elements of the array that {@link #next} gives. */
  public BinaryType type() {
    return types.get(next);
  }

  /** Passes over the next column. */
  public void skip() {
    byte[] from = rows.rowBytes();
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] += 4 + Math.max(ByteBuilder.getInt(from, cursors[i]), 0);
    }
    next++;
  }

  /** The next column's array. */
  public byte[] next() {
    byte[] from = rows.rowBytes();
    int size = HEADER;
    boolean nulls = false;
    for (int cursor : cursors) {
      int length = ByteBuilder.getInt(from, cursor);
      size += 4 + Math.max(length, 0);
      nulls |= length == NULL;
    }
    ByteBuilder array = new ByteBuilder(size);
    array.putInt(1);
    array.putInt(nulls ? 1 : 0);
    array.putInt(types.get(next++).oid());
    array.putInt(cursors.length);
    array.putInt(1);
    for (int i = 0; i < cursors.length; i++) {
      int length = 4 + Math.max(ByteBuilder.getInt(from, cursors[i]), 0);
      array.put(from, cursors[i], length);
      cursors[i] += length;
    }
    return array.bytes();
  }
}
