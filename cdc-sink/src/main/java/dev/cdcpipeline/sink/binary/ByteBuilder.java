package dev.cdcpipeline.sink.binary;

import java.util.Arrays;

/** A growing array of bytes, numbers big-endian as PostgreSQL's protocol has them. */
final class ByteBuilder {
  private static final int MAX_SIZE = Integer.MAX_VALUE - 16;
  private static final int LARGE = 4 << 20;
  private byte[] bytes;
  private int size;

  ByteBuilder(int capacity) {
    bytes = new byte[capacity];
  }

  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  /** Cuts off everything from this place on. */
  void truncate(int newSize) {
    size = newSize;
  }

  /** Empties the builder, and lets go of memory beyond {@code keptCapacity}. */
  void clear(int keptCapacity) {
    size = 0;
    if (bytes.length > keptCapacity) {
      bytes = new byte[keptCapacity];
    }
  }

  /** Makes room for {@code count} bytes and returns where they begin. */
  int take(int count) {
    int at = size;
    ensure(count);
    size = at + count;
    return at;
  }

  void putShort(int value) {
    int at = take(2);
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }

  void putInt(int value) {
    setInt(take(4), value);
  }

  void setInt(int at, int value) {
    bytes[at] = (byte) (value >>> 24);
    bytes[at + 1] = (byte) (value >>> 16);
    bytes[at + 2] = (byte) (value >>> 8);
    bytes[at + 3] = (byte) value;
  }

  void putLong(long value) {
    int at = take(8);
    setInt(at, (int) (value >>> 32));
    setInt(at + 4, (int) value);
  }

  void put(byte[] from, int offset, int length) {
    int at = take(length);
    System.arraycopy(from, offset, bytes, at, length);
  }

  static int getInt(byte[] from, int at) {
    return ((from[at] & 0xFF) << 24)
        | ((from[at + 1] & 0xFF) << 16)
        | ((from[at + 2] & 0xFF) << 8)
        | (from[at + 3] & 0xFF);
  }

  private void ensure(int count) {
    int needed = size + count;
    if (needed > bytes.length || needed < 0) {
      if (needed < 0 || needed > MAX_SIZE) {
        throw new IllegalStateException(
            "a flush can't hold more than 2 GiB; lower flush.max.bytes");
      }
      // a large array does not double: two flushes of large values are in memory at a time
      long grown = bytes.length + (long) Math.min(bytes.length, LARGE);
      bytes = Arrays.copyOf(bytes, (int) Math.min(Math.max(needed, grown), MAX_SIZE));
    }
  }
}
