package dev.cdcpipeline.model.serde;

import java.nio.charset.StandardCharsets;

/**
 * A cursor over the Avro binary of one record. Every length is checked against the bytes that
 * remain before anything is allocated or skipped, nesting is limited, and a record has a budget of
 * values, so that time and memory are bounded by a multiple of the record's size.
 *
 * <p>Reused from record to record; not thread-safe.
 */
final class AvroInput {
  /** Deeper than any table's rows, shallower than any stack. */
  private static final int MAXIMUM_DEPTH = 64;

  /**
   * Values that any record may have: more than the widest row has columns, even if none of them
   * takes a byte.
   */
  static final int FREE_VALUES = 10_000;

  /**
   * Values that a record may have for each of its bytes. Nearly every value has a byte of its own;
   * a null of no optional type, an empty record and a record around a single value have none.
   */
  static final int VALUES_PER_BYTE = 2;

  private static final int UNSIZED = -1;

  private byte[] bytes;
  private int position;
  private int limit;
  private int depth;
  private long values;
  private int blockEnd;
  private boolean placeholder;

  void reset(byte[] record, int from) {
    reset(record, from, record.length);
  }

  void reset(byte[] record, int from, int to) {
    bytes = record;
    position = from;
    limit = to;
    depth = 0;
    values = budget();
    placeholder = false;
  }

  /** A placeholder was read, and taken for a value that is not there. */
  void tookPlaceholder() {
    placeholder = true;
  }

  /** Whether that has happened in this record. */
  boolean hasTakenPlaceholder() {
    return placeholder;
  }

  byte[] bytes() {
    return bytes;
  }

  int position() {
    return position;
  }

  /** Goes back to (or on to) a place this record was found whole at before, with a new budget. */
  void moveTo(int newPosition) {
    position = newPosition;
    values = budget();
  }

  private long budget() {
    return FREE_VALUES + (long) VALUES_PER_BYTE * (limit - position);
  }

  int remaining() {
    return limit - position;
  }

  /** Lets go of the record, so that a decoder at rest holds no bytes. */
  void release() {
    bytes = null;
  }

  /** Begins a record of so many values. */
  void enter(int fields) {
    enter();
    charge(fields);
  }

  /** Begins an array or a map, whose blocks bring the values. */
  void enter() {
    if (++depth > MAXIMUM_DEPTH) {
      throw new MalformedException("values are nested deeper than " + MAXIMUM_DEPTH + " levels");
    }
  }

  private void charge(int more) {
    values -= more;
    if (values < 0) {
      throw new MalformedException(
          "record has more values than "
              + FREE_VALUES
              + " and "
              + VALUES_PER_BYTE
              + " for each byte",
          "check the writer's schema: it has records that hold each other, or elements without"
              + " bytes");
    }
  }

  void leave() {
    depth--;
  }

  long readLong() {
    int p = position;
    if (p < limit) {
      int b = bytes[p];
      if (b >= 0) {
        position = p + 1;
        return (b >>> 1) ^ -(long) (b & 1);
      }
    }
    return readLongerLong();
  }

  private long readLongerLong() {
    byte[] from = bytes;
    int p = position;
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (p >= limit) {
        throw truncated("a number");
      }
      int b = from[p++];
      if (shift == 63 && (b & 0x7E) != 0) {
        break;
      }
      value |= (b & 0x7FL) << shift;
      if (b >= 0) {
        position = p;
        return (value >>> 1) ^ -(value & 1);
      }
    }
    throw new MalformedException("a number takes more than 64 bits");
  }

  int readInt() {
    long value = readLong();
    if ((int) value != value) {
      throw new MalformedException("number " + value + " does not fit an int");
    }
    return (int) value;
  }

  void skipNumber() {
    int p = position;
    int end = Math.min(limit, p + 10);
    while (p < end) {
      if (bytes[p++] >= 0) {
        position = p;
        return;
      }
    }
    throw p == limit
        ? truncated("a number")
        : new MalformedException("a number takes more than 64 bits");
  }

  boolean readBoolean() {
    if (position >= limit) {
      throw truncated("a boolean");
    }
    int b = bytes[position++];
    if ((b & ~1) != 0) {
      throw new MalformedException("boolean is " + b + ", expected 0 or 1");
    }
    return b == 1;
  }

  float readFloat() {
    int p = take(4, "a float");
    return Float.intBitsToFloat(littleEndian(p));
  }

  double readDouble() {
    int p = take(8, "a double");
    return Double.longBitsToDouble(
        (littleEndian(p) & 0xFFFFFFFFL) | ((long) littleEndian(p + 4) << 32));
  }

  private int littleEndian(int p) {
    return (bytes[p] & 0xFF)
        | ((bytes[p + 1] & 0xFF) << 8)
        | ((bytes[p + 2] & 0xFF) << 16)
        | (bytes[p + 3] << 24);
  }

  /** Length of the string or bytes that follow, all of which are there. */
  int readLength() {
    long length = readLong();
    if (length < 0 || length > limit - position) {
      throw new MalformedException(
          "length is " + length + " where " + (limit - position) + " bytes remain");
    }
    return (int) length;
  }

  /** Moves past {@code count} bytes and says where they began. */
  int take(int count, String what) {
    int p = position;
    if (count > limit - p) {
      throw truncated(what);
    }
    position = p + count;
    return p;
  }

  String readString() {
    int length = readLength();
    int p = position;
    position = p + length;
    return text(bytes, p, length);
  }

  /** Text of bytes in UTF-8; an empty one takes no memory. */
  static String text(byte[] bytes, int p, int length) {
    return length == 0 ? "" : new String(bytes, p, length, StandardCharsets.UTF_8);
  }

  void skipBytes() {
    int length = readLength();
    position += length;
  }

  /**
   * Begins a block of an array or a map.
   *
   * @param elementBytes the fewest bytes an element can take
   * @return number of elements, all of which can be there; 0 at the end
   */
  int readBlock(int elementBytes) {
    long count = readLong();
    blockEnd = UNSIZED;
    if (count < 0) {
      if (count == Long.MIN_VALUE) {
        throw new MalformedException("block has " + count + " elements");
      }
      count = -count;
      int size = readLength();
      blockEnd = position + size;
    }
    if (count > remaining() / Math.max(1, elementBytes)) {
      throw new MalformedException(
          "block has " + count + " elements where " + remaining() + " bytes remain");
    }
    charge((int) count);
    return (int) count;
  }

  /** Where the block that was just begun says it ends; to be given to {@link #endBlock}. */
  int blockEnd() {
    return blockEnd;
  }

  /**
   * Ends a block. One that is longer or shorter than it said is refused: a reader that skips blocks
   * by their size would go on elsewhere.
   */
  void endBlock(int expected) {
    if (expected != UNSIZED && expected != position) {
      throw new MalformedException(
          "block ends at byte "
              + position
              + " of the record, and says that it ends at "
              + expected);
    }
  }

  void expectEnd() {
    if (position != limit) {
      throw new MalformedException((limit - position) + " bytes are left over");
    }
  }

  private MalformedException truncated(String what) {
    return new MalformedException("record ends within " + what);
  }
}
