package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.serde.DecoderOptions;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/** What Connect's schemas and objects are as columns and values of rows. Not thread-safe. */
final class ConnectColumns {
  private static final int MAX_TYPES = 1_000;
  private static final long MILLIS_PER_DAY = 86_400_000L;
  private static final Map<String, ColumnType> NAMED =
      Map.ofEntries(
          Map.entry("io.debezium.time.Date", ColumnType.DATE),
          Map.entry("org.apache.kafka.connect.data.Date", ColumnType.DATE),
          Map.entry("io.debezium.time.Time", ColumnType.TIME_MILLIS),
          Map.entry("org.apache.kafka.connect.data.Time", ColumnType.TIME_MILLIS),
          Map.entry("io.debezium.time.MicroTime", ColumnType.TIME_MICROS),
          Map.entry("io.debezium.time.NanoTime", ColumnType.TIME_NANOS),
          Map.entry("io.debezium.time.Timestamp", ColumnType.TIMESTAMP_MILLIS),
          Map.entry("org.apache.kafka.connect.data.Timestamp", ColumnType.TIMESTAMP_MILLIS),
          Map.entry("io.debezium.time.MicroTimestamp", ColumnType.TIMESTAMP_MICROS),
          Map.entry("io.debezium.time.NanoTimestamp", ColumnType.TIMESTAMP_NANOS),
          Map.entry("io.debezium.time.MicroDuration", ColumnType.DURATION_MICROS),
          Map.entry("io.debezium.time.ZonedTimestamp", ColumnType.ZONED_TIMESTAMP),
          Map.entry("io.debezium.time.ZonedTime", ColumnType.ZONED_TIME),
          Map.entry("io.debezium.time.Interval", ColumnType.INTERVAL),
          Map.entry("io.debezium.data.Json", ColumnType.JSON),
          Map.entry("io.debezium.data.Uuid", ColumnType.UUID),
          Map.entry("io.debezium.data.Xml", ColumnType.XML),
          Map.entry("io.debezium.data.Enum", ColumnType.ENUM),
          Map.entry("io.debezium.data.Bits", ColumnType.BITS),
          Map.entry("org.apache.kafka.connect.data.Decimal", ColumnType.DECIMAL),
          Map.entry("io.debezium.data.VariableScaleDecimal", ColumnType.VARIABLE_SCALE_DECIMAL));

  private final String bareName;
  private final IdentityHashMap<Schema, RowType> bySchema = new IdentityHashMap<>();
  private final Map<Map<String, ColumnType>, RowType> withoutSchema = new HashMap<>();

  /**
   * @param bareName what the only column of a value that is no record is called
   */
  ConnectColumns(String bareName) {
    this.bareName = bareName;
  }

  /** The columns of a record's key or value. */
  RowType type(Schema schema, Object data) {
    if (schema == null) {
      return withoutSchema(data);
    }
    RowType known = bySchema.get(schema);
    if (known == null) {
      if (bySchema.size() >= MAX_TYPES) {
        bySchema.clear();
      }
      known =
          schema.type() == Schema.Type.STRUCT
              ? new RowType(
                  schema.fields().stream().map(f -> column(f.name(), f.schema())).toList())
              : new RowType(List.of(column(bareName, schema)));
      bySchema.put(schema, known);
    }
    return known;
  }

  /** A struct as a row. */
  Row row(Struct struct) {
    return row(struct, true);
  }

  /**
   * A row with a struct's fields.
   *
   * @param mayLack whether values may be unavailable; else one that looks like the placeholder is
   *     what it is
   */
  Row row(Struct struct, boolean mayLack) {
    RowType type = type(struct.schema(), struct);
    Object[] values = new Object[type.size()];
    for (int i = 0; i < values.length; i++) {
      Schema schema = struct.schema().fields().get(i).schema();
      values[i] =
          mayLack
              ? value(type, struct.schema(), struct, i)
              : converted(type.columns().get(i).type(), schema, literal(struct, i));
    }
    return new Row(type, values);
  }

  private static Object literal(Struct struct, int field) {
    return struct.getWithoutDefault(struct.schema().fields().get(field).name());
  }

  // columns that are NULL have no type of their own: rows without them have NULL there as well
  private RowType withoutSchema(Object data) {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    if (data instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            if (value != null) {
              types.put(String.valueOf(name), typeOf(String.valueOf(name), value));
            }
          });
    } else {
      types.put(bareName, typeOf(bareName, data));
    }
    if (withoutSchema.size() >= MAX_TYPES) {
      withoutSchema.clear();
    }
    return withoutSchema.computeIfAbsent(
        types,
        t -> {
          List<Column> columns = new ArrayList<>();
          t.forEach((name, type) -> columns.add(new Column(name, type, true, Map.of())));
          return new RowType(columns);
        });
  }

  private static ColumnType typeOf(String name, Object value) {
    if (value instanceof Boolean) {
      return ColumnType.BOOLEAN;
    }
    if (value instanceof Byte
        || value instanceof Short
        || value instanceof Integer
        || value instanceof Long) {
      return ColumnType.INT64;
    }
    if (value instanceof Float || value instanceof Double) {
      return ColumnType.FLOAT64;
    }
    if (value instanceof BigDecimal) {
      return ColumnType.DECIMAL;
    }
    if (value instanceof byte[] || value instanceof ByteBuffer) {
      return ColumnType.BYTES;
    }
    if (value instanceof String) {
      return ColumnType.STRING;
    }
    throw new UnreadableRecordException(
        "field %s is a %s without a schema, which is no column; flatten it with a transformation"
            .formatted(name, value.getClass().getSimpleName()));
  }

  private static Column column(String name, Schema schema) {
    Map<String, String> parameters = schema.parameters() == null ? Map.of() : schema.parameters();
    ColumnType type = typeOf(schema);
    Column element = type == ColumnType.ARRAY ? column("element", schema.valueSchema()) : null;
    return new Column(name, type, schema.isOptional(), Map.copyOf(parameters), element);
  }

  private static ColumnType typeOf(Schema schema) {
    ColumnType named = schema.name() == null ? null : NAMED.get(schema.name());
    if (named != null) {
      return named;
    }
    return switch (schema.type()) {
      case INT8, INT16 -> ColumnType.INT16;
      case INT32 -> ColumnType.INT32;
      case INT64 -> ColumnType.INT64;
      case FLOAT32 -> ColumnType.FLOAT32;
      case FLOAT64 -> ColumnType.FLOAT64;
      case BOOLEAN -> ColumnType.BOOLEAN;
      case STRING -> ColumnType.STRING;
      case BYTES -> ColumnType.BYTES;
      case ARRAY -> ColumnType.ARRAY;
      case MAP -> ColumnType.MAP;
      case STRUCT -> ColumnType.STRUCT;
    };
  }

  /** A column's value out of a record's key or value. */
  static Object value(RowType type, Schema schema, Object data, int column) {
    Column source = type.columns().get(column);
    if (schema != null && schema.type() == Schema.Type.STRUCT) {
      Field field = schema.fields().get(column);
      // not get(), which says a field's default where it is NULL
      Object value = ((Struct) data).getWithoutDefault(field.name());
      return isPlaceholder(schema, value)
          ? Row.UNAVAILABLE
          : converted(source.type(), field.schema(), value);
    }
    Object value = data instanceof Map<?, ?> map ? map.get(source.name()) : data;
    return isPlaceholder(schema, value) ? Row.UNAVAILABLE : converted(source.type(), schema, value);
  }

  private static boolean isPlaceholder(Schema schema, Object value) {
    return value instanceof String text
        && text.equals(
            schema == null || schema.parameters() == null
                ? DecoderOptions.DEFAULT_PLACEHOLDER
                : schema
                    .parameters()
                    .getOrDefault(RowType.UNAVAILABLE_VALUE, DecoderOptions.DEFAULT_PLACEHOLDER));
  }

  @SuppressWarnings("JavaUtilDate") // what Connect's logical types are made of
  private static Object converted(ColumnType type, Schema schema, Object value) {
    if (value == null) {
      return null;
    }
    return switch (type) {
      case INT16, INT32 -> ((Number) value).intValue();
      case INT64 -> ((Number) value).longValue();
      case FLOAT64 -> ((Number) value).doubleValue();
      case DATE ->
          value instanceof Date date
              ? (Object) (int) Math.floorDiv(date.getTime(), MILLIS_PER_DAY)
              : value;
      case TIME_MILLIS, TIMESTAMP_MILLIS ->
          value instanceof Date date ? (Object) date.getTime() : ((Number) value).longValue();
      case BYTES, BITS -> bytes(value);
      case VARIABLE_SCALE_DECIMAL -> {
        Struct decimal = (Struct) value;
        yield new BigDecimal(
            new BigInteger(bytes(decimal.getWithoutDefault("value"))), decimal.getInt32("scale"));
      }
      case ARRAY -> {
        List<Object> elements = new ArrayList<>();
        Schema element = schema.valueSchema();
        for (Object one : (List<?>) value) {
          elements.add(converted(typeOf(element), element, one));
        }
        yield elements;
      }
      case STRUCT -> new ConnectColumns("value").row((Struct) value);
      default -> value;
    };
  }

  private static byte[] bytes(Object value) {
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return bytes;
    }
    return (byte[]) value;
  }
}
