package dev.cdcpipeline.converter;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema.Type;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;

/**
 * Makes the writer of a Connect schema, once, so that writing a value decides nothing but null or
 * not.
 *
 * <p>The Avro schema is the one the library made of the Connect schema; where it isn't what this
 * class expects, it refuses.
 */
final class ValueWriters {
  private ValueWriters() {}

  /**
   * The writer of a whole key or value. Confluent's format has bytes, and decimals in bytes, there
   * without the length that Avro writes before them anywhere else.
   *
   * @param where a name for messages
   * @throws DataException the Avro schema is not one that stands for the Connect schema
   */
  static ValueWriter bare(Schema connect, org.apache.avro.Schema avro, String where) {
    if (avro.getType() != Type.BYTES) {
      return of(connect, avro, where);
    }
    if (connect.type() != Schema.Type.BYTES) {
      throw unexpected(connect, avro, where);
    }
    return checked(
        connect,
        where,
        Decimal.LOGICAL_NAME.equals(connect.name())
            ? (v, out) -> out.append(digits(v))
            : (v, out) -> {
              if (v instanceof ByteBuffer buffer) {
                out.append(buffer);
              } else {
                out.append((byte[]) v);
              }
            });
  }

  private static byte[] digits(Object decimal) {
    return ((BigDecimal) decimal).unscaledValue().toByteArray();
  }

  /**
   * @param where the path of fields, for messages
   * @throws DataException the Avro schema is not one that stands for the Connect schema
   */
  static ValueWriter of(Schema connect, org.apache.avro.Schema avro, String where) {
    if (avro.getType() != Type.UNION) {
      return required(connect, avro, where);
    }
    List<org.apache.avro.Schema> branches = avro.getTypes();
    int ofNull = avro.getIndexNamed("null") == null ? -1 : avro.getIndexNamed("null");
    if (branches.size() != 2 || ofNull < 0) {
      throw unexpected(connect, avro, where);
    }
    int ofValue = 1 - ofNull;
    ValueWriter value = required(connect, branches.get(ofValue), where);
    return (v, out) -> {
      if (v == null) {
        out.writeInt(ofNull);
      } else {
        out.writeInt(ofValue);
        value.write(v, out);
      }
    };
  }

  private static ValueWriter required(Schema connect, org.apache.avro.Schema avro, String where) {
    ValueWriter writer = logical(connect, avro);
    return checked(connect, where, writer == null ? plain(connect, avro, where) : writer);
  }

  private static ValueWriter checked(Schema connect, String where, ValueWriter writer) {
    return (value, out) -> {
      if (value == null) {
        throw new DataException(where + " is null, but its schema is not optional");
      }
      try {
        writer.write(value, out);
      } catch (ClassCastException e) {
        throw new DataException(
            where
                + " is a "
                + value.getClass().getName()
                + ", which is no "
                + connect.type()
                + " of Connect",
            e);
      }
    };
  }

  /**
   * Connect's own logical types, whose values are of other classes than their schema's type; else
   * null.
   */
  private static ValueWriter logical(Schema connect, org.apache.avro.Schema avro) {
    if (connect.name() == null) {
      return null;
    }
    switch (connect.name()) {
      case Decimal.LOGICAL_NAME:
        return avro.getType() == Type.BYTES ? (v, out) -> out.writeBytes(digits(v)) : null;
      case Date.LOGICAL_NAME:
        return (v, out) -> out.writeInt(Date.fromLogical(connect, (java.util.Date) v));
      case Time.LOGICAL_NAME:
        return (v, out) -> out.writeInt(Time.fromLogical(connect, (java.util.Date) v));
      case Timestamp.LOGICAL_NAME:
        return (v, out) -> out.writeLong(Timestamp.fromLogical(connect, (java.util.Date) v));
      default:
        return null;
    }
  }

  private static ValueWriter plain(Schema connect, org.apache.avro.Schema avro, String where) {
    switch (connect.type()) {
      case INT8:
      case INT16:
      case INT32:
        expect(Type.INT, connect, avro, where);
        return (v, out) -> out.writeInt(((Number) v).intValue());
      case INT64:
        expect(Type.LONG, connect, avro, where);
        return (v, out) -> out.writeLong((Long) v);
      case FLOAT32:
        expect(Type.FLOAT, connect, avro, where);
        return (v, out) -> out.writeFloat((Float) v);
      case FLOAT64:
        expect(Type.DOUBLE, connect, avro, where);
        return (v, out) -> out.writeDouble((Double) v);
      case BOOLEAN:
        expect(Type.BOOLEAN, connect, avro, where);
        return (v, out) -> out.writeBoolean((Boolean) v);
      case STRING:
        expect(Type.STRING, connect, avro, where);
        return (v, out) -> out.writeString((String) v);
      case BYTES:
        expect(Type.BYTES, connect, avro, where);
        return (v, out) -> {
          if (v instanceof ByteBuffer buffer) {
            out.writeBytes(buffer);
          } else {
            out.writeBytes((byte[]) v);
          }
        };
      case ARRAY:
        expect(Type.ARRAY, connect, avro, where);
        return array(of(connect.valueSchema(), avro.getElementType(), where + "[]"));
      case MAP:
        return map(connect, avro, where);
      case STRUCT:
        expect(Type.RECORD, connect, avro, where);
        return struct(connect, avro, where);
    }
    throw unexpected(connect, avro, where);
  }

  private static ValueWriter array(ValueWriter element) {
    return (v, out) -> {
      Collection<?> elements = (Collection<?>) v;
      out.writeItemCount(elements.size());
      for (Object e : elements) {
        element.write(e, out);
      }
      out.writeEnd();
    };
  }

  private static ValueWriter map(Schema connect, org.apache.avro.Schema avro, String where) {
    if (avro.getType() == Type.ARRAY) {
      return entries(connect, avro.getElementType(), where);
    }
    expect(Type.MAP, connect, avro, where);
    ValueWriter value = of(connect.valueSchema(), avro.getValueType(), where + "{}");
    return (v, out) -> {
      Map<?, ?> map = (Map<?, ?>) v;
      out.writeItemCount(map.size());
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeString((String) entry.getKey());
        value.write(entry.getValue(), out);
      }
      out.writeEnd();
    };
  }

  /** Avro's maps have string keys only: others are lists of records. */
  private static ValueWriter entries(Schema connect, org.apache.avro.Schema entry, String where) {
    ValueWriter key = of(connect.keySchema(), entry.getField("key").schema(), where + "{key}");
    ValueWriter value = of(connect.valueSchema(), entry.getField("value").schema(), where + "{}");
    return (v, out) -> {
      Map<?, ?> map = (Map<?, ?>) v;
      out.writeItemCount(map.size());
      for (Map.Entry<?, ?> e : map.entrySet()) {
        key.write(e.getKey(), out);
        value.write(e.getValue(), out);
      }
      out.writeEnd();
    };
  }

  private static ValueWriter struct(Schema connect, org.apache.avro.Schema avro, String where) {
    List<Field> fields = connect.fields();
    if (fields.size() != avro.getFields().size()) {
      throw unexpected(connect, avro, where);
    }
    Field[] order = new Field[fields.size()];
    // by name, which is slower, only where the other way would not give the row's own null
    boolean[] byName = new boolean[fields.size()];
    ValueWriter[] writers = new ValueWriter[fields.size()];
    for (Field field : fields) {
      org.apache.avro.Schema.Field written = avro.getField(field.name());
      if (written == null) {
        throw unexpected(connect, avro, where + "." + field.name());
      }
      order[written.pos()] = field;
      byName[written.pos()] = field.schema().isOptional() && field.schema().defaultValue() != null;
      writers[written.pos()] = of(field.schema(), written.schema(), where + "." + field.name());
    }
    return (v, out) -> {
      Struct struct = (Struct) v;
      for (int i = 0; i < order.length; i++) {
        Field field = order[i];
        // get() would put the column's default in the place of a null that the row has
        Object value = byName[i] ? struct.getWithoutDefault(field.name()) : struct.get(field);
        writers[i].write(value, out);
      }
    };
  }

  private static void expect(Type type, Schema connect, org.apache.avro.Schema avro, String where) {
    if (avro.getType() != type) {
      throw unexpected(connect, avro, where);
    }
  }

  private static DataException unexpected(
      Schema connect, org.apache.avro.Schema avro, String where) {
    return new DataException(
        "%s has the Connect schema %s%s, which can't be written as Avro %s"
            .formatted(
                where, connect.type(), connect.name() == null ? "" : " " + connect.name(), avro));
  }
}
