package dev.cdcpipeline.sink.binary;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.ValueTarget;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** Encoders of the binary types, one object for a column of a row type. */
final class FieldEncoders {

  private FieldEncoders() {}

  /**
   * An encoder.
   *
   * @param text how to write the values where {@code type} is text and they are none
   */
  static ValueTarget of(
      Column source, BinaryType type, TextForm text, FieldBuffer fields, int column) {
    return switch (type) {
      case BOOL -> new Bool(source, fields, column);
      case INT2 -> new Whole(source, fields, column, 2, Short.MIN_VALUE, Short.MAX_VALUE, type);
      case INT4 -> new Whole(source, fields, column, 4, Integer.MIN_VALUE, Integer.MAX_VALUE, type);
      case INT8 -> new Whole(source, fields, column, 8, Long.MIN_VALUE, Long.MAX_VALUE, type);
      case FLOAT4, FLOAT8 -> new Floating(source, fields, column);
      case NUMERIC -> new Numeric(source, fields, column);
      case TEXT ->
          source.type() == ColumnType.STRING || source.type() == ColumnType.ENUM
              ? new Text(source, fields, column, false)
              : new AnyAsText(source, fields, column, text);
      case BYTEA -> new Binary(source, fields, column);
      case DATE -> new Date(source, fields, column);
      case TIME, TIMESTAMP, TIMESTAMPTZ -> new Times(source, fields, column, type);
      case UUID -> new Uuid(source, fields, column);
      case JSON -> new Text(source, fields, column, false);
      case JSONB -> new Text(source, fields, column, true);
    };
  }

  /** What all encoders share: NULL, and values that a change did not carry. */
  private abstract static class Field extends ValueTarget {
    final FieldBuffer fields;
    final ByteBuilder out;
    final int column;
    final String name;

    Field(Column source, FieldBuffer fields, int column) {
      super(source.type());
      this.fields = fields;
      this.out = fields.bytes;
      this.column = column;
      this.name = source.name();
    }

    @Override
    public final void set(Object value) {
      if (value == null) {
        fields.setNull(column);
      } else if (value == Row.UNAVAILABLE) {
        if (!fields.keep(column)) {
          throw new UnfitValueException(
              name,
              "the change does not carry its unchanged, TOASTed value; set REPLICA IDENTITY FULL"
                  + " for the table at the source, or write it in mode mirror",
              "22000");
        }
      } else {
        setObject(value);
      }
    }

    abstract void setObject(Object value);

    UnfitValueException unfit(String problem, String sqlState) {
      return new UnfitValueException(name, problem, sqlState);
    }
  }

  private static final class Bool extends Field {
    Bool(Column source, FieldBuffer fields, int column) {
      super(source, fields, column);
    }

    @Override
    public void setBoolean(boolean value) {
      fields.begin(column, 1);
      out.bytes()[out.take(1)] = (byte) (value ? 1 : 0);
    }

    @Override
    void setObject(Object value) {
      setBoolean((Boolean) value);
    }
  }

  private static final class Whole extends Field {
    private final int width;
    private final long least;
    private final long greatest;
    private final BinaryType type;

    Whole(
        Column source,
        FieldBuffer fields,
        int column,
        int width,
        long least,
        long greatest,
        BinaryType type) {
      super(source, fields, column);
      this.width = width;
      this.least = least;
      this.greatest = greatest;
      this.type = type;
    }

    @Override
    public void setLong(long value) {
      if (value < least || value > greatest) {
        throw unfit("a value is out of range for type " + type.sql(), "22003");
      }
      fields.begin(column, width);
      switch (width) {
        case 2 -> out.putShort((int) value);
        case 4 -> out.putInt((int) value);
        default -> out.putLong(value);
      }
    }

    @Override
    void setObject(Object value) {
      setLong(((Number) value).longValue());
    }
  }

  private static final class Floating extends Field {
    Floating(Column source, FieldBuffer fields, int column) {
      super(source, fields, column);
    }

    @Override
    public void setFloat(float value) {
      fields.begin(column, 4);
      out.putInt(Float.floatToIntBits(value));
    }

    @Override
    public void setDouble(double value) {
      fields.begin(column, 8);
      out.putLong(Double.doubleToLongBits(value));
    }

    @Override
    public void setLong(long value) {
      setDouble((double) value);
    }

    @Override
    void setObject(Object value) {
      if (value instanceof Float number) {
        setFloat(number);
      } else {
        setDouble(((Number) value).doubleValue());
      }
    }
  }

  private static final class Numeric extends Field {
    Numeric(Column source, FieldBuffer fields, int column) {
      super(source, fields, column);
    }

    @Override
    public void setLong(long value) {
      setDecimal(value, 0);
    }

    @Override
    public void setDecimal(long unscaled, int scale) {
      fields.begin(column);
      NumericForm.write(unscaled, scale, out);
      fields.end(column);
    }

    @Override
    void setObject(Object value) {
      if (value instanceof BigDecimal decimal) {
        fields.begin(column);
        NumericForm.write(decimal, out);
        fields.end(column);
      } else {
        setLong(((Number) value).longValue());
      }
    }
  }

  private static final class Text extends Field {
    // the version that jsonb's binary form begins with
    private static final byte JSONB_VERSION = 1;
    private final boolean jsonb;

    Text(Column source, FieldBuffer fields, int column, boolean jsonb) {
      super(source, fields, column);
      this.jsonb = jsonb;
    }

    @Override
    public void setText(byte[] utf8, int from, int length) {
      if (jsonb) {
        fields.begin(column, length + 1);
        out.bytes()[out.take(1)] = JSONB_VERSION;
      } else {
        fields.begin(column, length);
      }
      out.put(utf8, from, length);
    }

    @Override
    void setObject(Object value) {
      byte[] utf8 = ((String) value).getBytes(StandardCharsets.UTF_8);
      setText(utf8, 0, utf8.length);
    }
  }

  private static final class AnyAsText extends Field {
    private final TextForm text;
    private final StringBuilder scratch = new StringBuilder();

    AnyAsText(Column source, FieldBuffer fields, int column, TextForm text) {
      super(source, fields, column);
      this.text = text;
    }

    @Override
    void setObject(Object value) {
      scratch.setLength(0);
      text.append(value, scratch);
      byte[] utf8 = scratch.toString().getBytes(StandardCharsets.UTF_8);
      fields.begin(column, utf8.length);
      out.put(utf8, 0, utf8.length);
    }
  }

  private static final class Binary extends Field {
    Binary(Column source, FieldBuffer fields, int column) {
      super(source, fields, column);
    }

    @Override
    public void setBytes(byte[] bytes, int from, int length) {
      fields.begin(column, length);
      out.put(bytes, from, length);
    }

    @Override
    void setObject(Object value) {
      byte[] bytes = (byte[]) value;
      setBytes(bytes, 0, bytes.length);
    }
  }

  private static final class Date extends Field {
    // 2000-01-01, where PostgreSQL counts from
    private static final int EPOCH_DAYS = 10_957;

    Date(Column source, FieldBuffer fields, int column) {
      super(source, fields, column);
    }

    @Override
    public void setLong(long days) {
      fields.begin(column, 4);
      if (days == Integer.MAX_VALUE || days == Integer.MIN_VALUE) {
        out.putInt((int) days); // infinity, at both ends of the range in both forms
        return;
      }
      long shifted = days - EPOCH_DAYS;
      if (shifted <= Integer.MIN_VALUE) {
        throw unfit("a date is out of range", "22008");
      }
      out.putInt((int) shifted);
    }

    @Override
    void setObject(Object value) {
      setLong((Integer) value);
    }
  }

  /** Times of day and timestamps: microseconds, the latter since 2000-01-01. */
  private static final class Times extends Field {
    private static final long EPOCH_MICROS = 946_684_800_000_000L;
    // what Debezium writes for infinity: pgjdbc's PGStatement.DATE_POSITIVE_INFINITY and negative
    private static final long POSITIVE_INFINITY = 9223372036825200000L;
    private static final long NEGATIVE_INFINITY = -9223372036832400000L;
    private final ColumnType unit;
    private final boolean timeOfDay;

    Times(Column source, FieldBuffer fields, int column, BinaryType type) {
      super(source, fields, column);
      this.unit = source.type();
      this.timeOfDay = type == BinaryType.TIME;
    }

    @Override
    public void setLong(long value) {
      fields.begin(column, 8);
      // infinity comes in microseconds whatever the unit, and in milliseconds
      boolean infinite = value == POSITIVE_INFINITY || value == NEGATIVE_INFINITY;
      long micros = infinite ? value : micros(value);
      if (timeOfDay) {
        out.putLong(micros);
      } else if (micros == POSITIVE_INFINITY) {
        out.putLong(Long.MAX_VALUE);
      } else if (micros == NEGATIVE_INFINITY) {
        out.putLong(Long.MIN_VALUE);
      } else {
        out.putLong(sinceEpoch(micros));
      }
    }

    private long sinceEpoch(long micros) {
      // the lower end of the range is infinity, the upper what Debezium makes of all that is later
      if (micros <= Long.MIN_VALUE + EPOCH_MICROS || micros == Long.MAX_VALUE) {
        throw outOfRange();
      }
      return micros - EPOCH_MICROS;
    }

    private UnfitValueException outOfRange() {
      return unfit("a timestamp is out of range", "22008");
    }

    private long micros(long value) {
      return switch (unit) {
        case TIME_MILLIS, TIMESTAMP_MILLIS -> {
          long micros = value * 1000;
          if (micros / 1000 != value) {
            throw outOfRange();
          }
          yield micros;
        }
        case TIME_NANOS, TIMESTAMP_NANOS -> Math.floorDiv(value, 1000L);
        default -> value;
      };
    }

    @Override
    void setObject(Object value) {
      setLong((Long) value);
    }
  }

  private static final class Uuid extends Field {
    private static final int TEXT_LENGTH = 36;

    Uuid(Column source, FieldBuffer fields, int column) {
      super(source, fields, column);
    }

    @Override
    public void setText(byte[] utf8, int from, int length) {
      if (length != TEXT_LENGTH) {
        throw notUuid();
      }
      fields.begin(column, 16);
      int at = out.take(16);
      byte[] to = out.bytes();
      int p = from;
      for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
          if (utf8[p++] != '-') {
            throw notUuid();
          }
        }
        int high = Character.digit(utf8[p++], 16);
        int low = Character.digit(utf8[p++], 16);
        if ((high | low) < 0) {
          throw notUuid();
        }
        to[at + i] = (byte) (high << 4 | low);
      }
    }

    private UnfitValueException notUuid() {
      return unfit("a value is no UUID", "22P02");
    }

    @Override
    void setObject(Object value) {
      byte[] text = ((String) value).getBytes(StandardCharsets.UTF_8);
      setText(text, 0, text.length);
    }
  }
}
