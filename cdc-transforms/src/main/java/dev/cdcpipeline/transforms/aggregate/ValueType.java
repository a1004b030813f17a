package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;
import java.util.Comparator;

/**
 * A type of values that group keys, aggregates and indexes are made of: how they compare and how
 * they are written.
 *
 * <p>The encoding is <em>canonical</em>: equal values have equal bytes, on every build and whatever
 * schema version they were read under. It is <em>sorted</em>: unsigned comparison of the bytes
 * compares the values. And it is self-delimiting: encodings can be concatenated, and none is the
 * beginning of another. Values are never null, except in {@link #nullable}. Immutable and
 * thread-safe.
 *
 * @param <V> the values' Java class
 */
public interface ValueType<V> extends Comparator<V> {

  /** No information: what {@code count(*)} counts. */
  ValueType<Boolean> PRESENCE = new ValueTypes.PresenceType();

  ValueType<Boolean> BOOLEAN = new ValueTypes.BooleanType();

  /**
   * Integers of any width, dates and timestamps (as {@link dev.cdcpipeline.model.event.ColumnType}
   * represents them).
   */
  ValueType<Long> LONG = new ValueTypes.LongType();

  /** Numerically equal values are the same value: 1.50 is written, and read back, as 1.5. */
  ValueType<BigDecimal> DECIMAL = new ValueTypes.DecimalType();

  /** Ordered by code point, as PostgreSQL's {@code COLLATE "C"}. */
  ValueType<String> STRING = new ValueTypes.StringType();

  void write(BinaryOutput out, V value);

  /**
   * Reads one value.
   *
   * @throws IllegalArgumentException if the bytes are not such a value
   */
  V read(BinaryInput in);

  /** Writes a value where its bytes need neither order nor be canonical, as short as can be. */
  default void writeCompact(BinaryOutput out, V value) {
    write(out, value);
  }

  /**
   * Reads what {@link #writeCompact} wrote; a decimal has the scale it was written with.
   *
   * @throws IllegalArgumentException if the bytes are not such a value
   */
  default V readCompact(BinaryInput in) {
    return read(in);
  }

  /**
   * Whether values are numbers of 64 bits, one {@link #code} for each value: they can be kept
   * without an object.
   */
  default boolean hasCodes() {
    return false;
  }

  /**
   * The number that stands for a value: equal for equal values, different for others.
   *
   * @throws UnsupportedOperationException if the type has no codes
   */
  default long code(V value) {
    throw new UnsupportedOperationException("values of this type have no codes");
  }

  /**
   * The value of a {@link #code}.
   *
   * @throws UnsupportedOperationException if the type has no codes
   */
  default V ofCode(long code) {
    throw new UnsupportedOperationException("values of this type have no codes");
  }

  /**
   * A hash of the value that is the same for equal values on every build: it decides partitions.
   */
  int hash(V value);

  /** The same type with null, which comes before all other values. */
  static <V> ValueType<V> nullable(ValueType<V> type) {
    return new ValueTypes.NullableType<>(type);
  }

  /** The canonical bytes of one value. */
  default byte[] toBytes(V value) {
    BinaryOutput out = new BinaryOutput();
    write(out, value);
    return out.toByteArray();
  }

  /**
   * The value of {@link #toBytes}.
   *
   * @throws IllegalArgumentException if the bytes are not exactly one such value
   */
  default V fromBytes(byte[] bytes) {
    BinaryInput in = new BinaryInput(bytes);
    V value = read(in);
    if (!in.isAtEnd()) {
      throw new IllegalArgumentException(
          "value ends at byte " + in.position() + " of " + bytes.length);
    }
    return value;
  }
}
