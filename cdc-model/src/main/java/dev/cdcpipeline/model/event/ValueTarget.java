package dev.cdcpipeline.model.event;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes the values of one column as a decoder meets them, without an object for each: numbers stay
 * primitive, text stays the bytes it was read from.
 *
 * <p>A target that cares for no such thing overrides {@link #set(Object)} alone: every other method
 * ends there, with the value as {@link Row} represents it. A class rather than an interface because
 * the calls are megamorphic and a virtual call is the cheaper one.
 */
public abstract class ValueTarget {
  private final ColumnType type;

  /**
   * A target of values of this type.
   *
   * @param type the column's type; decides how a whole number is represented
   */
  protected ValueTarget(ColumnType type) {
    this.type = type;
  }

  /**
   * Takes a value.
   *
   * @param value as {@link Row} represents it: null for NULL, {@link Row#UNAVAILABLE} for a TOASTed
   *     value that the change did not carry
   */
  public abstract void set(Object value);

  public void setBoolean(boolean value) {
    set(value);
  }

  /** Takes any whole number: integers, dates, times. */
  public void setLong(long value) {
    switch (type) {
      case INT16, INT32, DATE -> set((int) value);
      default -> set(value);
    }
  }

  public void setFloat(float value) {
    set(value);
  }

  public void setDouble(double value) {
    set(value);
  }

  /** Takes UTF-8 text; the bytes are only lent for the call. */
  public void setText(byte[] utf8, int from, int length) {
    set(new String(utf8, from, length, StandardCharsets.UTF_8));
  }

  /** Takes bytes, which are only lent for the call. */
  public void setBytes(byte[] bytes, int from, int length) {
    set(Arrays.copyOfRange(bytes, from, from + length));
  }

  /** Takes a decimal whose digits fit a long. */
  public void setDecimal(long unscaled, int scale) {
    set(BigDecimal.valueOf(unscaled, scale));
  }
}
