package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Reads what {@link BinaryOutput} wrote, in the same order. Not thread-safe.
 *
 * <p>Bytes that end too early or carry an absurd length are refused with an {@link
 * IllegalArgumentException} that names the place; no method allocates more than the bytes given
 * could hold.
 */
public final class BinaryInput {
  /**
   * Further from zero than the scale of any {@code numeric}, with or without its trailing zeros.
   */
  private static final int LARGEST_SCALE = 300_000;

  private final byte[] bytes;
  private int position;

  public BinaryInput(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Whether everything has been read. */
  public boolean isAtEnd() {
    return position == bytes.length;
  }

  public int position() {
    return position;
  }

  public int readByte() {
    require(1);
    return bytes[position++] & 0xFF;
  }

  public byte[] readBytes(int length) {
    require(length);
    byte[] read = new byte[length];
    System.arraycopy(bytes, position, read, 0, length);
    position += length;
    return read;
  }

  public long readVarLong() {
    long rest = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = readByte();
      rest |= (long) (b & 0x7F) << shift;
      if (b < 0x80) {
        return rest >>> 1 ^ -(rest & 1);
      }
    }
    throw new IllegalArgumentException("number at byte " + position + " has more than 10 bytes");
  }

  public long readSortedLong() {
    require(8);
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | bytes[position++] & 0xFF;
    }
    return value ^ Long.MIN_VALUE;
  }

  public byte[] readSortedBytes() {
    int length = 0;
    int end = position;
    while (true) {
      if (end + 1 >= bytes.length) {
        throw new IllegalArgumentException(
            "text at byte " + position + " of " + bytes.length + " has no end");
      }
      if (bytes[end] != 0) {
        end++;
        length++;
      } else if (bytes[end + 1] == (byte) 0xFF) {
        end += 2;
        length++;
      } else {
        break;
      }
    }
    byte[] read = new byte[length];
    for (int i = 0; i < length; i++) {
      read[i] = bytes[position++];
      if (read[i] == 0) {
        position++;
      }
    }
    position += 2;
    return read;
  }

  public byte[] readLengthAndBytes() {
    long length = readVarLong();
    if (length < 0 || length > bytes.length - position) {
      throw new IllegalArgumentException(
          "length "
              + length
              + " at byte "
              + position
              + ", only "
              + (bytes.length - position)
              + " bytes follow");
    }
    return readBytes((int) length);
  }

  public BigDecimal readDecimal() {
    long header = readVarLong();
    int scale = checkScale(header >> 1);
    return (header & 1) == 0
        ? BigDecimal.valueOf(readVarLong(), scale)
        : new BigDecimal(new BigInteger(readLengthAndBytes()), scale);
  }

  /**
   * Gives a decimal's scale back, if a number can have it: the sum of two numbers has as many
   * digits as lie between their scales.
   */
  int checkScale(long scale) {
    if (scale < -LARGEST_SCALE || scale > LARGEST_SCALE) {
      throw new IllegalArgumentException(
          "decimal before byte " + position + " has the scale " + scale);
    }
    return (int) scale;
  }

  private void require(int more) {
    if (more > bytes.length - position) {
      throw new IllegalArgumentException(
          "bytes end at " + bytes.length + ", " + more + " more expected at " + position);
    }
  }
}
