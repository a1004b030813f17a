package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import java.math.BigDecimal;

/**
 * What a column holds, whatever its width was when the record was written: an {@code int} that
 * became a {@code bigint} is the same column with the same values.
 */
public enum ColumnKind {
  /** {@link Long}: {@code smallint}, {@code int}, {@code bigint}, {@code date} (days). */
  INTEGER(ValueType.LONG),
  /** {@link BigDecimal} with the scale it was written with: {@code numeric}, and the integers. */
  DECIMAL(ValueType.DECIMAL),
  /** {@link String}: text of any kind, also JSON, UUID, enum labels and zoned timestamps. */
  TEXT(ValueType.STRING),
  /** {@link Boolean}. */
  BOOLEAN(ValueType.BOOLEAN),
  /**
   * {@link Long}: microseconds since 1970-01-01T00:00, from a {@code timestamp} of any precision.
   */
  TIMESTAMP(ValueType.LONG);

  private final ValueType<?> type;

  ColumnKind(ValueType<?> type) {
    this.type = type;
  }

  /** The type of the values, by which they can be group keys and aggregated. */
  public ValueType<?> type() {
    return type;
  }

  /**
   * This kind's value of a column.
   *
   * @throws UnusableRecordException if the column holds something else
   */
  Object valueOf(Column column, Object value) {
    Object converted = convert(column.type(), value);
    if (converted == null) {
      throw new UnusableRecordException(
          "column "
              + column.name()
              + " is "
              + column.type()
              + ", the transforms read it as "
              + this
              + "; change the table's definition or the source connector's handling modes");
    }
    return converted;
  }

  private Object convert(ColumnType from, Object value) {
    switch (this) {
      case INTEGER:
        return isInteger(from) || from == ColumnType.DATE
            ? (Object) ((Number) value).longValue()
            : null;
      case DECIMAL:
        if (isInteger(from)) {
          return BigDecimal.valueOf(((Number) value).longValue());
        }
        return value instanceof BigDecimal ? value : null;
      case TEXT:
        return value instanceof String ? value : null;
      case BOOLEAN:
        return value instanceof Boolean ? value : null;
      case TIMESTAMP:
        return micros(from, value);
    }
    throw new AssertionError(this);
  }

  private static boolean isInteger(ColumnType from) {
    return from == ColumnType.INT16 || from == ColumnType.INT32 || from == ColumnType.INT64;
  }

  private static Object micros(ColumnType from, Object value) {
    if (from == ColumnType.TIMESTAMP_MICROS) {
      return value;
    }
    if (from == ColumnType.TIMESTAMP_MILLIS) {
      long millis = (Long) value;
      if (millis > Long.MAX_VALUE / 1_000 || millis < Long.MIN_VALUE / 1_000) {
        throw new UnusableRecordException("the time " + millis + " is too large for milliseconds");
      }
      return millis * 1_000;
    }
    return from == ColumnType.TIMESTAMP_NANOS ? (Object) Math.floorDiv((Long) value, 1_000L) : null;
  }

  /** The canonical bytes of a key column's value. */
  void writeKey(BinaryOutput out, Object value) {
    write(type, out, value);
  }

  int hash(Object value) {
    return hash(type, value);
  }

  boolean isSame(Object left, Object right) {
    if (left == null || right == null) {
      return left == right;
    }
    return isSame(type, left, right);
  }

  /** The bytes in a stored row, which need no order: null is a zero byte. */
  void writeStored(BinaryOutput out, Object value) {
    out.writeByte(value == null ? 0 : 1);
    if (value == null) {
      return;
    }
    if (this == DECIMAL) {
      out.writeDecimal((BigDecimal) value);
    } else if (type == ValueType.LONG) {
      out.writeVarLong((Long) value);
    } else {
      write(type, out, value);
    }
  }

  Object readStored(BinaryInput in) {
    if (in.readByte() == 0) {
      return null;
    }
    if (this == DECIMAL) {
      return in.readDecimal();
    }
    return type == ValueType.LONG ? (Object) in.readVarLong() : type.read(in);
  }

  @SuppressWarnings("unchecked") // values are made by valueOf and readStored of the same kind
  private static <V> void write(ValueType<V> type, BinaryOutput out, Object value) {
    type.write(out, (V) value);
  }

  @SuppressWarnings("unchecked") // as above
  private static <V> int hash(ValueType<V> type, Object value) {
    return type.hash((V) value);
  }

  @SuppressWarnings("unchecked") // as above
  private static <V> boolean isSame(ValueType<V> type, Object left, Object right) {
    return type.compare((V) left, (V) right) == 0;
  }
}
