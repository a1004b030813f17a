package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * Bytes being written: grows as needed and can be used again after {@link #reset}. Not thread-safe.
 *
 * <p>{@code writeSorted…} methods keep order: comparing the bytes, unsigned, compares the values.
 */
public final class BinaryOutput {
  private byte[] bytes = new byte[64];
  private int size;

  /** Forgets what was written and keeps the memory. */
  public BinaryOutput reset() {
    size = 0;
    return this;
  }

  public int size() {
    return size;
  }

  /** A copy of what was written so far. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  public void writeByte(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  public void writeBytes(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  /** Zigzag, seven bits a byte: small numbers of either sign take one byte. */
  public void writeVarLong(long value) {
    long rest = value << 1 ^ value >> 63;
    reserve(10);
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  /** Eight bytes, big-endian, sign bit flipped. */
  public void writeSortedLong(long value) {
    reserve(8);
    long flipped = value ^ Long.MIN_VALUE;
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (flipped >>> shift);
    }
  }

  /**
   * Bytes of any content and length, terminated so that no value's encoding is the beginning of
   * another's: a zero byte becomes {@code 00 FF}, the end is {@code 00 00}.
   */
  public void writeSortedBytes(byte[] value) {
    reserve(value.length + 2);
    for (byte b : value) {
      writeByte(b);
      if (b == 0) {
        writeByte(0xFF);
      }
    }
    writeByte(0);
    writeByte(0);
  }

  /** Length, then the bytes; not sorted. */
  public void writeLengthAndBytes(byte[] value) {
    writeVarLong(value.length);
    writeBytes(value);
  }

  /** A decimal with its scale, compact; not sorted. */
  public void writeDecimal(BigDecimal value) {
    BigInteger unscaled = value.unscaledValue();
    boolean small = unscaled.bitLength() < 63;
    writeVarLong((long) value.scale() << 1 | (small ? 0 : 1));
    if (small) {
      writeVarLong(unscaled.longValue());
    } else {
      writeLengthAndBytes(unscaled.toByteArray());
    }
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
