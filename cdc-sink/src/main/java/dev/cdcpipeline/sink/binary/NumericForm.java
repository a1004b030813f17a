package dev.cdcpipeline.sink.binary;

import java.math.BigDecimal;

/**
 * PostgreSQL's binary form of {@code numeric}: number of digits, weight of the first one, sign,
 * scale to show, then digits to base 10,000.
 */
final class NumericForm {
  private static final int POSITIVE = 0;
  private static final int NEGATIVE = 0x4000;
  private static final int BASE = 10_000;
  private static final int HEADER = 8;
  // a fraction of so many decimals, filled up to whole digits, fits a long
  private static final int MAX_FAST_SCALE = 15;
  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = POWERS[i - 1] * 10;
    }
  }

  private NumericForm() {}

  /** Writes a number whose digits fit a long. */
  static void write(long unscaled, int scale, ByteBuilder out) {
    if (scale < 0 || scale > MAX_FAST_SCALE || unscaled == Long.MIN_VALUE) {
      write(BigDecimal.valueOf(unscaled, scale), out);
      return;
    }
    long absolute = Math.abs(unscaled);
    long whole = absolute / POWERS[scale];
    int fractionDigits = (scale + 3) >> 2;
    long fraction = (absolute - whole * POWERS[scale]) * POWERS[(fractionDigits << 2) - scale];
    int wholeDigits = digits(whole);
    int header = out.take(HEADER);
    int first = out.take((wholeDigits + fractionDigits) << 1);
    byte[] bytes = out.bytes();
    for (int i = wholeDigits - 1; i >= 0; i--) {
      setDigit(bytes, first + (i << 1), (int) (whole % BASE));
      whole /= BASE;
    }
    for (int i = wholeDigits + fractionDigits - 1; i >= wholeDigits; i--) {
      setDigit(bytes, first + (i << 1), (int) (fraction % BASE));
      fraction /= BASE;
    }
    finish(out, header, wholeDigits + fractionDigits, wholeDigits - 1, unscaled < 0, scale);
  }

  /**
   * Writes any number. Zeros at its end before the point, and after the point at its beginning, are
   * a matter of the weight: a few bytes may announce 131,072 of them.
   */
  static void write(BigDecimal number, ByteBuilder out) {
    int scale = number.scale();
    // whole digits to base 10,000; rounded up, so that what fills the last one is never negative
    int fractionDigits = (scale + 3) >> 2;
    // as text: quicker for long numbers than dividing by 10,000 again and again
    String text =
        number.unscaledValue().abs().toString() + "0".repeat((fractionDigits << 2) - scale);
    int count = (text.length() + 3) >> 2;
    int header = out.take(HEADER);
    int first = out.take(count << 1);
    int from = text.length() - (count << 2);
    for (int i = 0; i < count; i++, from += 4) {
      setDigit(out.bytes(), first + (i << 1), digit(text, from));
    }
    finish(out, header, count, count - fractionDigits - 1, number.signum() < 0, Math.max(scale, 0));
  }

  // four decimals; those before the text's beginning are zeros
  private static int digit(String text, int from) {
    int digit = 0;
    for (int i = Math.max(from, 0); i < from + 4; i++) {
      digit = digit * 10 + text.charAt(i) - '0';
    }
    return digit;
  }

  private static int digits(long whole) {
    int count = 0;
    for (long rest = whole; rest != 0; rest /= BASE) {
      count++;
    }
    return count;
  }

  private static void setDigit(byte[] bytes, int at, int digit) {
    bytes[at] = (byte) (digit >>> 8);
    bytes[at + 1] = (byte) digit;
  }

  // zeros at both ends are left out; none left over is the number 0
  private static void finish(
      ByteBuilder out, int header, int count, int weight, boolean negative, int scale) {
    byte[] bytes = out.bytes();
    int first = header + HEADER;
    int leading = 0;
    while (leading < count && isZero(bytes, first + (leading << 1))) {
      leading++;
    }
    int end = count;
    while (end > leading && isZero(bytes, first + ((end - 1) << 1))) {
      end--;
    }
    int kept = end - leading;
    if (leading > 0 && kept > 0) {
      System.arraycopy(bytes, first + (leading << 1), bytes, first, kept << 1);
    }
    out.truncate(first + (kept << 1));
    setDigit(bytes, header, kept);
    setDigit(bytes, header + 2, kept == 0 ? 0 : weight - leading);
    setDigit(bytes, header + 4, negative && kept > 0 ? NEGATIVE : POSITIVE);
    setDigit(bytes, header + 6, scale);
  }

  private static boolean isZero(byte[] bytes, int at) {
    return bytes[at] == 0 && bytes[at + 1] == 0;
  }
}
