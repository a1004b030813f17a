package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** The types that {@link ValueType} offers. */
final class ValueTypes {

  static final class PresenceType implements ValueType<Boolean> {
    @Override
    public void write(BinaryOutput out, Boolean value) {
      // nothing to say: it is there
    }

    @Override
    public Boolean read(BinaryInput in) {
      return Boolean.TRUE;
    }

    @Override
    public int hash(Boolean value) {
      return 0;
    }

    @Override
    @SuppressWarnings("UnusedVariable") // there is one value, so nothing to look at
    public int compare(Boolean left, Boolean right) {
      return 0;
    }
  }

  static final class BooleanType implements ValueType<Boolean> {
    @Override
    public void write(BinaryOutput out, Boolean value) {
      out.writeByte(value ? 1 : 0);
    }

    @Override
    public Boolean read(BinaryInput in) {
      return in.readByte() != 0;
    }

    @Override
    public int hash(Boolean value) {
      return value ? 1 : 0;
    }

    @Override
    public int compare(Boolean left, Boolean right) {
      return left.compareTo(right);
    }
  }

  static final class LongType implements ValueType<Long> {
    @Override
    public void write(BinaryOutput out, Long value) {
      out.writeSortedLong(value);
    }

    @Override
    public Long read(BinaryInput in) {
      return in.readSortedLong();
    }

    @Override
    public void writeCompact(BinaryOutput out, Long value) {
      out.writeVarLong(value);
    }

    @Override
    public Long readCompact(BinaryInput in) {
      return in.readVarLong();
    }

    @Override
    public boolean hasCodes() {
      return true;
    }

    @Override
    public long code(Long value) {
      return value;
    }

    @Override
    public Long ofCode(long code) {
      return code;
    }

    @Override
    public int hash(Long value) {
      return Long.hashCode(value);
    }

    @Override
    public int compare(Long left, Long right) {
      return left.compareTo(right);
    }
  }

  static final class StringType implements ValueType<String> {
    @Override
    public void write(BinaryOutput out, String value) {
      out.writeSortedBytes(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String read(BinaryInput in) {
      return new String(in.readSortedBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public int hash(String value) {
      return value.hashCode();
    }

    /**
     * By code point: {@link String#compareTo} would put a supplementary character before U+E000.
     */
    @Override
    public int compare(String left, String right) {
      int length = Math.min(left.length(), right.length());
      for (int i = 0; i < length; i++) {
        char a = left.charAt(i);
        char b = right.charAt(i);
        if (a != b) {
          boolean differentKinds = Character.isSurrogate(a) != Character.isSurrogate(b);
          return differentKinds ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
        }
      }
      return Integer.compare(left.length(), right.length());
    }
  }

  /**
   * Sign (0 negative, 1 zero, 2 positive), power of ten, significant digits without trailing zeros;
   * a negative number's bytes after the sign are complemented, which turns their order around.
   */
  static final class DecimalType implements ValueType<BigDecimal> {
    private static final int MAX_DIGITS = 200_000;

    @Override
    public void write(BinaryOutput out, BigDecimal value) {
      out.writeByte(value.signum() + 1);
      if (value.signum() == 0) {
        return;
      }
      BigDecimal normal = value.stripTrailingZeros();
      long power = (long) normal.precision() - normal.scale();
      boolean negative = value.signum() < 0;
      out.writeSortedLong(negative ? ~power : power);
      String digits = normal.unscaledValue().abs().toString();
      int mask = negative ? 0xFF : 0;
      // two digits a byte, from 1 so that zero can end them
      for (int i = 0; i < digits.length(); i += 2) {
        int high = digits.charAt(i) - '0';
        int low = i + 1 < digits.length() ? digits.charAt(i + 1) - '0' : 0;
        out.writeByte(high * 10 + low + 1 ^ mask);
      }
      out.writeByte(mask);
    }

    @Override
    public BigDecimal read(BinaryInput in) {
      int sign = in.readByte() - 1;
      if (sign == 0) {
        return BigDecimal.ZERO;
      }
      boolean negative = sign < 0;
      long sorted = in.readSortedLong();
      long power = negative ? ~sorted : sorted;
      int mask = negative ? 0xFF : 0;
      StringBuilder digits = new StringBuilder();
      for (int b = in.readByte() ^ mask; b != 0; b = in.readByte() ^ mask) {
        if (b > 100 || digits.length() > MAX_DIGITS) {
          throw new IllegalArgumentException("not a decimal at byte " + in.position());
        }
        digits.append((char) ('0' + (b - 1) / 10)).append((char) ('0' + (b - 1) % 10));
      }
      if (digits.isEmpty()) {
        throw new IllegalArgumentException("decimal without digits at byte " + in.position());
      }
      BigInteger unscaled = new BigInteger(digits.toString());
      BigDecimal magnitude =
          new BigDecimal(unscaled, in.checkScale(digits.length() - power)).stripTrailingZeros();
      return negative ? magnitude.negate() : magnitude;
    }

    @Override
    public void writeCompact(BinaryOutput out, BigDecimal value) {
      out.writeDecimal(value);
    }

    @Override
    public BigDecimal readCompact(BinaryInput in) {
      return in.readDecimal();
    }

    @Override
    public int hash(BigDecimal value) {
      return value.stripTrailingZeros().hashCode();
    }

    @Override
    public int compare(BigDecimal left, BigDecimal right) {
      return left.compareTo(right);
    }
  }

  static final class NullableType<V> implements ValueType<V> {
    private final ValueType<V> type;

    NullableType(ValueType<V> type) {
      this.type = type;
    }

    @Override
    public void write(BinaryOutput out, V value) {
      out.writeByte(value == null ? 0 : 1);
      if (value != null) {
        type.write(out, value);
      }
    }

    @Override
    public V read(BinaryInput in) {
      return in.readByte() == 0 ? null : type.read(in);
    }

    @Override
    public int hash(V value) {
      return value == null ? 0 : type.hash(value);
    }

    @Override
    public int compare(V left, V right) {
      if (left == null || right == null) {
        return Boolean.compare(left != null, right != null);
      }
      return type.compare(left, right);
    }
  }

  private ValueTypes() {}
}
