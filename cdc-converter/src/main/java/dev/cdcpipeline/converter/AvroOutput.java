package dev.cdcpipeline.converter;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Avro's binary encoding into a buffer that grows and is used again. The same bytes as Avro's own
 * encoder, without its layers: one final class, no stream, no byte-wise calls for numbers and texts
 * of ASCII. Not thread-safe.
 */
final class AvroOutput {
  private static final int LONGEST_VARINT = 10;

  private byte[] buffer = new byte[512];
  private int size;

  /** Empties it. */
  void reset() {
    size = 0;
  }

  /** What was written since the last reset. */
  byte[] toByteArray() {
    return Arrays.copyOf(buffer, size);
  }

  /** One byte as it is. */
  void writeByte(int value) {
    ensure(1);
    buffer[size++] = (byte) value;
  }

  /** Four bytes as they are, the highest first. */
  void writeFixedInt(int value) {
    ensure(Integer.BYTES);
    buffer[size++] = (byte) (value >>> 24);
    buffer[size++] = (byte) (value >>> 16);
    buffer[size++] = (byte) (value >>> 8);
    buffer[size++] = (byte) value;
  }

  void writeBoolean(boolean value) {
    writeByte(value ? 1 : 0);
  }

  void writeInt(int value) {
    // an int has the bytes of the long of the same value
    writeLong(value);
  }

  void writeLong(long value) {
    ensure(LONGEST_VARINT);
    long rest = (value << 1) ^ (value >> 63);
    int at = size;
    while ((rest & ~0x7FL) != 0) {
      buffer[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[at++] = (byte) rest;
    size = at;
  }

  void writeFloat(float value) {
    ensure(Float.BYTES);
    int bits = Float.floatToRawIntBits(value);
    for (int i = 0; i < Float.BYTES; i++) {
      buffer[size++] = (byte) (bits >>> (8 * i));
    }
  }

  void writeDouble(double value) {
    ensure(Double.BYTES);
    long bits = Double.doubleToRawLongBits(value);
    for (int i = 0; i < Double.BYTES; i++) {
      buffer[size++] = (byte) (bits >>> (8 * i));
    }
  }

  void writeBytes(byte[] value) {
    writeLong(value.length);
    append(value);
  }

  /** What is between position and limit; neither moves. */
  void writeBytes(ByteBuffer value) {
    writeLong(value.remaining());
    append(value);
  }

  void writeString(String value) {
    int length = value.length();
    ensure(LONGEST_VARINT + length);
    int start = size;
    writeLong(length);
    int at = size;
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c >= 0x80) {
        // not ASCII: more bytes than characters
        size = start;
        writeBytes(value.getBytes(StandardCharsets.UTF_8));
        return;
      }
      buffer[at++] = (byte) c;
    }
    size = at;
  }

  /** Begins an array or a map of so many items; one with any ends with {@link #writeEnd}. */
  void writeItemCount(int items) {
    if (items > 0) {
      writeLong(items);
    }
  }

  /** Ends an array or a map. */
  void writeEnd() {
    writeByte(0);
  }

  /** The bytes as they are, without a length; of a buffer, as {@link #writeBytes(ByteBuffer)}. */
  void append(ByteBuffer value) {
    int length = value.remaining();
    ensure(length);
    value.get(value.position(), buffer, size, length);
    size += length;
  }

  /** The bytes as they are, without a length. */
  void append(byte[] value) {
    ensure(value.length);
    System.arraycopy(value, 0, buffer, size, value.length);
    size += value.length;
  }

  private void ensure(int more) {
    if (buffer.length - size < more) {
      buffer =
          Arrays.copyOf(
              buffer, Math.max(Math.multiplyExact(buffer.length, 2), Math.addExact(size, more)));
    }
  }
}
