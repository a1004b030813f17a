package dev.cdcpipeline.model.event;

/**
 * How a column's value is represented in a {@link Row}: the semantic type Debezium gave it, and the
 * Java class that carries it.
 */
public enum ColumnType {
  BOOLEAN,
  /** {@link Integer}. */
  INT16,
  /** {@link Integer}. */
  INT32,
  /** {@link Long}. */
  INT64,
  /** {@link Float}. */
  FLOAT32,
  /** {@link Double}. */
  FLOAT64,
  /** {@link String}. */
  STRING,
  /** {@code byte[]}. */
  BYTES,
  /** {@link java.math.BigDecimal} with the scale of the writer's schema. */
  DECIMAL,
  /**
   * {@link java.math.BigDecimal}; each value brings its own scale ({@code
   * io.debezium.data.VariableScaleDecimal}).
   */
  VARIABLE_SCALE_DECIMAL,
  /** {@link Integer}: days since 1970-01-01. */
  DATE,
  /** {@link Long}: microseconds since midnight. */
  TIME_MICROS,
  /** {@link Long}: milliseconds since midnight. */
  TIME_MILLIS,
  /** {@link Long}: nanoseconds since midnight. */
  TIME_NANOS,
  /** {@link Long}: milliseconds since 1970-01-01T00:00, no zone. */
  TIMESTAMP_MILLIS,
  /** {@link Long}: microseconds since 1970-01-01T00:00, no zone. */
  TIMESTAMP_MICROS,
  /** {@link Long}: nanoseconds since 1970-01-01T00:00, no zone. */
  TIMESTAMP_NANOS,
  /** {@link String}: ISO 8601 with an offset. */
  ZONED_TIMESTAMP,
  /** {@link String}: ISO 8601 time with an offset. */
  ZONED_TIME,
  /** {@link Long}: microseconds of a duration. */
  DURATION_MICROS,
  /** {@link String}: ISO 8601 interval ({@code io.debezium.time.Interval}). */
  INTERVAL,
  /** {@link String}. */
  JSON,
  /** {@link String}. */
  UUID,
  /** {@link String}. */
  XML,
  /** {@link String}: the label. */
  ENUM,
  /** {@code byte[]}, little-endian as Debezium writes {@code io.debezium.data.Bits}. */
  BITS,
  /**
   * {@link java.util.List} of the elements, each represented as {@link Column#element} says;
   * elements may be null.
   */
  ARRAY,
  /**
   * {@link java.util.Map} of {@link String} to nullable values; those of an hstore are {@link
   * String}s.
   */
  MAP,
  /** {@link Row}: a record that has no representation of its own. */
  STRUCT
}
