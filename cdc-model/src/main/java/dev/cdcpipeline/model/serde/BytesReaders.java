package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.ValueTarget;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Readers of what Avro writes as a length and bytes: text, bytes, decimals; and of enums and fixed.
 */
final class BytesReaders {
  /** PostgreSQL's NUMERIC has at most 131,072 digits before the point and 16,383 after it. */
  private static final int MAXIMUM_DECIMAL_BYTES = 61_252;

  private static final int MAXIMUM_SCALE = 16_383;
  private static final int MINIMUM_SCALE = -131_072;

  private BytesReaders() {}

  /** A decimal of {@code length} bytes, two's complement, big-endian. */
  static BigDecimal decimal(AvroInput in, int length, int scale) {
    if (length == 0 || length > MAXIMUM_DECIMAL_BYTES) {
      throw new MalformedException(
          "decimal has " + length + " bytes, expected 1 to " + MAXIMUM_DECIMAL_BYTES);
    }
    if (length > 8) {
      int p = in.take(length, "a decimal");
      return new BigDecimal(new BigInteger(in.bytes(), p, length), scale);
    }
    return BigDecimal.valueOf(unscaled(in, length), scale);
  }

  /** Reads the decimal that {@link #decimal(AvroInput, int, int)} gives into a target. */
  static void decimal(AvroInput in, int length, int scale, ValueTarget target) {
    if (length == 0 || length > 8) {
      target.set(decimal(in, length, scale));
      return;
    }
    target.setDecimal(unscaled(in, length), scale);
  }

  private static long unscaled(AvroInput in, int length) {
    int p = in.take(length, "a decimal");
    byte[] bytes = in.bytes();
    long unscaled = bytes[p];
    for (int i = 1; i < length; i++) {
      unscaled = (unscaled << 8) | (bytes[p + i] & 0xFF);
    }
    return unscaled;
  }

  static int checkScale(int scale) {
    if (scale < MINIMUM_SCALE || scale > MAXIMUM_SCALE) {
      throw new MalformedException(
          "decimal's scale is " + scale + ", expected " + MINIMUM_SCALE + " to " + MAXIMUM_SCALE);
    }
    return scale;
  }

  /** Something that begins with its length, or that is a whole key or value and has none. */
  private abstract static class Sized extends ValueReader {
    private final boolean bare;

    Sized(boolean bare) {
      this.bare = bare;
    }

    final int length(AvroInput in) {
      return bare ? in.remaining() : in.readLength();
    }

    @Override
    final void skip(AvroInput in) {
      in.take(length(in), "bytes");
    }

    @Override
    final int minimumBytes() {
      return bare ? 0 : 1;
    }
  }

  private static boolean isEqual(byte[] placeholder, AvroInput in, int p, int length) {
    boolean equal =
        length == placeholder.length
            && Arrays.equals(in.bytes(), p, p + length, placeholder, 0, length);
    if (equal) {
      in.tookPlaceholder();
    }
    return equal;
  }

  /** Text, unless it is one of the placeholders for an unavailable value. */
  static final class Text extends Sized {
    private final byte[][] placeholders;

    Text(List<String> placeholders) {
      super(false);
      this.placeholders =
          placeholders.stream().map(p -> p.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    }

    @Override
    Object read(AvroInput in) {
      int length = in.readLength();
      int p = in.take(length, "a string");
      return isPlaceholder(in, p, length) ? Row.UNAVAILABLE : AvroInput.text(in.bytes(), p, length);
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      int length = in.readLength();
      int p = in.take(length, "a string");
      if (isPlaceholder(in, p, length)) {
        target.set(Row.UNAVAILABLE);
      } else {
        target.setText(in.bytes(), p, length);
      }
    }

    private boolean isPlaceholder(AvroInput in, int p, int length) {
      for (byte[] placeholder : placeholders) {
        if (isEqual(placeholder, in, p, length)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Bytes, unless they are the placeholder for an unavailable value. */
  static final class Binary extends Sized {
    private final byte[] placeholder;

    /**
     * @param placeholder null if there is none
     * @param bare whether the bytes are a whole key or value
     */
    Binary(String placeholder, boolean bare) {
      super(bare);
      this.placeholder = placeholder == null ? null : placeholder.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    Object read(AvroInput in) {
      int length = length(in);
      int p = in.take(length, "bytes");
      return isPlaceholder(in, p, length)
          ? Row.UNAVAILABLE
          : Arrays.copyOfRange(in.bytes(), p, p + length);
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      int length = length(in);
      int p = in.take(length, "bytes");
      if (isPlaceholder(in, p, length)) {
        target.set(Row.UNAVAILABLE);
      } else {
        target.setBytes(in.bytes(), p, length);
      }
    }

    private boolean isPlaceholder(AvroInput in, int p, int length) {
      return placeholder != null && isEqual(placeholder, in, p, length);
    }
  }

  /** A decimal with the scale of the writer's schema. */
  static final class Decimal extends Sized {
    private final int scale;

    /**
     * @param bare whether the decimal is a whole key or value
     */
    Decimal(int scale, boolean bare) {
      super(bare);
      this.scale = scale;
    }

    @Override
    Object read(AvroInput in) {
      return decimal(in, length(in), scale);
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      decimal(in, length(in), scale, target);
    }
  }

  static final class Fixed extends ValueReader {
    private final int size;

    Fixed(int size) {
      this.size = size;
    }

    @Override
    Object read(AvroInput in) {
      int p = in.take(size, "fixed bytes");
      return Arrays.copyOfRange(in.bytes(), p, p + size);
    }

    @Override
    void skip(AvroInput in) {
      in.take(size, "fixed bytes");
    }

    @Override
    int minimumBytes() {
      return size;
    }
  }

  static final class FixedDecimal extends ValueReader {
    private final int size;
    private final int scale;

    FixedDecimal(int size, int scale) {
      this.size = size;
      this.scale = scale;
    }

    @Override
    Object read(AvroInput in) {
      return decimal(in, size, scale);
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      decimal(in, size, scale, target);
    }

    @Override
    void skip(AvroInput in) {
      in.take(size, "a decimal");
    }

    @Override
    int minimumBytes() {
      return size;
    }
  }

  /** Avro's own enum; its labels are made once. */
  static final class Label extends ValueReader {
    private final String[] labels;

    Label(List<String> labels) {
      this.labels = labels.toArray(String[]::new);
    }

    @Override
    Object read(AvroInput in) {
      int index = in.readInt();
      if (index < 0 || index >= labels.length) {
        throw new MalformedException(
            "enum has index " + index + " of " + labels.length + " labels");
      }
      return labels[index];
    }

    @Override
    void skip(AvroInput in) {
      in.skipNumber();
    }

    @Override
    int minimumBytes() {
      return 1;
    }
  }
}
