package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * How the values of one column are written in PostgreSQL's text form. Every form is exact: the type
 * reads back what the source had.
 */
public enum ValueText {
  /** Anything whose Java text is PostgreSQL's: integers, floats. */
  PLAIN(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      if (value instanceof Integer number) {
        out.append(number.intValue());
      } else if (value instanceof Long number) {
        out.append(number.longValue());
      } else {
        out.append(value);
      }
    }
  },
  BOOLEAN(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      boolean on = (Boolean) value;
      out.append(
          column.base().equals("bit") || column.base().equals("varbit")
              ? (on ? '1' : '0')
              : (on ? 't' : 'f'));
    }
  },
  NUMBER(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      // numeric reads an exponent: a few bytes may announce 131,072 zeros
      boolean exponent = column != null && column.base().equals("numeric");
      out.append(exponent ? value.toString() : ((BigDecimal) value).toPlainString());
    }
  },
  TEXT(false) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      out.append((String) value);
    }
  },
  /** Bytes; of a type that is none of the connector's they are its text. */
  BYTES(false) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      byte[] bytes = (byte[]) value;
      if (column.base().equals("bytea")) {
        out.append("\\x");
        HexFormat.of().formatHex(out, bytes);
      } else {
        out.append(new String(bytes, StandardCharsets.UTF_8));
      }
    }
  },
  DATE(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      DateTimeText.date((Integer) value, out);
    }
  },
  TIME_MILLIS(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      DateTimeText.time(((Number) value).longValue() * 1000, out);
    }
  },
  TIME_MICROS(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      DateTimeText.time((Long) value, out);
    }
  },
  TIME_NANOS(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      DateTimeText.time((Long) value / 1000, out);
    }
  },
  TIMESTAMP_MILLIS(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      DateTimeText.timestampOfMillis((Long) value, out);
    }
  },
  TIMESTAMP_MICROS(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      DateTimeText.timestamp((Long) value, out);
    }
  },
  TIMESTAMP_NANOS(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      DateTimeText.timestamp(Math.floorDiv((Long) value, 1000), out);
    }
  },
  ISO_WITH_OFFSET(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      DateTimeText.isoWithOffset((String) value, out);
    }
  },
  DURATION_MICROS(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      out.append((long) (Long) value).append(" microseconds");
    }
  },
  /** Little-endian bytes, of which the column's length says how many bits count. */
  BITS(true) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      byte[] bytes = (byte[]) value;
      int bits =
          column.base().equals("bit") && column.typeModifier() > 0
              ? column.typeModifier()
              : bytes.length * 8;
      for (int i = bits - 1; i >= 0; i--) {
        int octet = i >> 3;
        out.append(octet < bytes.length && (bytes[octet] >> (i & 7) & 1) == 1 ? '1' : '0');
      }
    }
  },
  ARRAY(false) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      appendArray((List<?>) value, source.element(), column, out);
    }
  },
  HSTORE(false) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      String arrow = column.base().equals("hstore") ? "=>" : ":";
      boolean json = arrow.length() == 1;
      out.append(json ? "{" : "");
      String separator = "";
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        out.append(separator);
        TextArray.quoted((String) entry.getKey(), out);
        out.append(arrow);
        if (entry.getValue() == null) {
          out.append(json ? "null" : "NULL");
        } else {
          TextArray.quoted((String) entry.getValue(), out);
        }
        separator = ",";
      }
      out.append(json ? "}" : "");
    }
  },
  /** Debezium's points and geometries. */
  STRUCT(false) {
    @Override
    public void append(Object value, Column source, TargetColumn column, StringBuilder out) {
      Row row = (Row) value;
      if (column.base().equals("point")) {
        out.append('(').append(row.get("x")).append(',').append(row.get("y")).append(')');
      } else {
        out.append(HexFormat.of().formatHex((byte[]) row.get("wkb")));
      }
    }
  };

  private final boolean plain;

  ValueText(boolean plain) {
    this.plain = plain;
  }

  /** Whether the form never needs an escape, neither in an array nor in COPY. */
  public boolean isPlain() {
    return plain;
  }

  /** Writes a value that is not null. */
  public abstract void append(Object value, Column source, TargetColumn column, StringBuilder out);

  /** The form for values of this representation. */
  public static ValueText of(ColumnType type) {
    return switch (type) {
      case BOOLEAN -> BOOLEAN;
      case INT16, INT32, INT64, FLOAT32, FLOAT64 -> PLAIN;
      case STRING, JSON, UUID, XML, ENUM, INTERVAL, ZONED_TIME -> TEXT;
      case BYTES -> BYTES;
      case DECIMAL, VARIABLE_SCALE_DECIMAL -> NUMBER;
      case DATE -> DATE;
      case TIME_MICROS -> TIME_MICROS;
      case TIME_MILLIS -> TIME_MILLIS;
      case TIME_NANOS -> TIME_NANOS;
      case TIMESTAMP_MILLIS -> TIMESTAMP_MILLIS;
      case TIMESTAMP_MICROS -> TIMESTAMP_MICROS;
      case TIMESTAMP_NANOS -> TIMESTAMP_NANOS;
      case ZONED_TIMESTAMP -> ISO_WITH_OFFSET;
      case DURATION_MICROS -> DURATION_MICROS;
      case BITS -> BITS;
      case ARRAY -> ARRAY;
      case MAP -> HSTORE;
      case STRUCT -> STRUCT;
    };
  }

  private static void appendArray(
      List<?> elements, Column element, TargetColumn array, StringBuilder out) {
    TargetColumn target = elementOf(array);
    StringBuilder scratch = new StringBuilder();
    out.append('{');
    String separator = "";
    for (Object value : elements) {
      out.append(separator);
      separator = ",";
      if (value == null) {
        out.append("NULL");
      } else if (value instanceof List<?> nested) {
        appendArray(nested, element == null ? null : element.element(), array, out);
      } else {
        scratch.setLength(0);
        of(element.type()).append(value, element, target, scratch);
        TextArray.quoted(scratch, out);
      }
    }
    out.append('}');
  }

  private static TargetColumn elementOf(TargetColumn array) {
    String base = array.isArray() ? array.base().substring(1) : array.base();
    return new TargetColumn(
        array.name(), array.type(), array.castType(), base, array.typeModifier(), false, false);
  }
}
