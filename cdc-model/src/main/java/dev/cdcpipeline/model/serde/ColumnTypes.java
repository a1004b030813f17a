package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;

/**
 * What a writer's Avro schema means: Connect's and Debezium's semantic names first, then Avro's
 * logical types, then the bare type.
 */
final class ColumnTypes {
  private static final Map<String, ColumnType> INTS =
      Map.ofEntries(
          Map.entry("io.debezium.time.Date", ColumnType.DATE),
          Map.entry("org.apache.kafka.connect.data.Date", ColumnType.DATE),
          Map.entry("date", ColumnType.DATE),
          Map.entry("io.debezium.time.Time", ColumnType.TIME_MILLIS),
          Map.entry("org.apache.kafka.connect.data.Time", ColumnType.TIME_MILLIS),
          Map.entry("time-millis", ColumnType.TIME_MILLIS),
          Map.entry("int8", ColumnType.INT16),
          Map.entry("int16", ColumnType.INT16));

  private static final Map<String, ColumnType> LONGS =
      Map.ofEntries(
          Map.entry("io.debezium.time.MicroTime", ColumnType.TIME_MICROS),
          Map.entry("time-micros", ColumnType.TIME_MICROS),
          Map.entry("io.debezium.time.NanoTime", ColumnType.TIME_NANOS),
          Map.entry("io.debezium.time.Timestamp", ColumnType.TIMESTAMP_MILLIS),
          Map.entry("org.apache.kafka.connect.data.Timestamp", ColumnType.TIMESTAMP_MILLIS),
          Map.entry("timestamp-millis", ColumnType.TIMESTAMP_MILLIS),
          Map.entry("local-timestamp-millis", ColumnType.TIMESTAMP_MILLIS),
          Map.entry("io.debezium.time.MicroTimestamp", ColumnType.TIMESTAMP_MICROS),
          Map.entry("timestamp-micros", ColumnType.TIMESTAMP_MICROS),
          Map.entry("local-timestamp-micros", ColumnType.TIMESTAMP_MICROS),
          Map.entry("io.debezium.time.NanoTimestamp", ColumnType.TIMESTAMP_NANOS),
          Map.entry("timestamp-nanos", ColumnType.TIMESTAMP_NANOS),
          Map.entry("local-timestamp-nanos", ColumnType.TIMESTAMP_NANOS),
          Map.entry("io.debezium.time.MicroDuration", ColumnType.DURATION_MICROS));

  private static final Map<String, ColumnType> STRINGS =
      Map.of(
          "io.debezium.time.ZonedTimestamp", ColumnType.ZONED_TIMESTAMP,
          "io.debezium.time.ZonedTime", ColumnType.ZONED_TIME,
          "io.debezium.time.Interval", ColumnType.INTERVAL,
          "io.debezium.data.Json", ColumnType.JSON,
          "io.debezium.data.Uuid", ColumnType.UUID,
          "uuid", ColumnType.UUID,
          "io.debezium.data.Xml", ColumnType.XML,
          "io.debezium.data.Enum", ColumnType.ENUM);

  private static final Map<String, ColumnType> BYTES =
      Map.of(
          "org.apache.kafka.connect.data.Decimal", ColumnType.DECIMAL,
          "decimal", ColumnType.DECIMAL,
          "io.debezium.data.Bits", ColumnType.BITS);

  private ColumnTypes() {}

  /**
   * The column a field of a row describes.
   *
   * @throws MalformedException if the field is a union of more than one type besides null
   */
  static Column column(Schema.Field field) {
    Column column = column(field.name(), field.schema(), parameters(field));
    String name = column.parameters().get(Column.SOURCE_NAME);
    return name == null || name.equals(column.name()) ? column : column.named(name);
  }

  /** The column that a value of any type would be. */
  static Column column(String name, Schema schema, Map<String, String> outer) {
    Schema value = withoutNull(schema);
    if (value.getType() == Schema.Type.UNION) {
      throw new MalformedException(
              "a union of several types has no place in a row",
              "write one type, or one type and null")
          .in(name);
    }
    Map<String, String> parameters = new LinkedHashMap<>(parameters(value));
    parameters.putAll(outer);
    if (value.getType() == Schema.Type.BYTES || value.getType() == Schema.Type.FIXED) {
      copy(value, "scale", parameters);
      copy(value, "precision", parameters);
    }
    ColumnType type = typeOf(value);
    Column element =
        type == ColumnType.ARRAY ? column("element", value.getElementType(), Map.of()) : null;
    return new Column(name, type, isNullable(schema), Map.copyOf(parameters), element);
  }

  private static void copy(Schema from, String property, Map<String, String> to) {
    Object value = from.getObjectProp(property);
    if (value != null) {
      to.putIfAbsent(property, value.toString());
    }
  }

  /** Connect's parameters of a type or a field, as text. */
  static Map<String, String> parameters(JsonProperties schema) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (schema.getObjectProp("connect.parameters") instanceof Map<?, ?> map) {
      map.forEach((key, value) -> parameters.put(String.valueOf(key), String.valueOf(value)));
    }
    return parameters;
  }

  /** How a value of a type that is no union is represented. */
  static ColumnType typeOf(Schema schema) {
    return switch (schema.getType()) {
      case BOOLEAN -> ColumnType.BOOLEAN;
      case INT -> named(schema, INTS, ColumnType.INT32);
      case LONG -> named(schema, LONGS, ColumnType.INT64);
      case FLOAT -> ColumnType.FLOAT32;
      case DOUBLE -> ColumnType.FLOAT64;
      case NULL -> ColumnType.STRING;
      case STRING -> named(schema, STRINGS, ColumnType.STRING);
      case BYTES, FIXED -> named(schema, BYTES, ColumnType.BYTES);
      case ENUM -> ColumnType.ENUM;
      case ARRAY -> ColumnType.ARRAY;
      case MAP -> ColumnType.MAP;
      case RECORD ->
          isVariableScaleDecimal(schema) ? ColumnType.VARIABLE_SCALE_DECIMAL : ColumnType.STRUCT;
      case UNION -> throw new IllegalArgumentException("a union has no single type: " + schema);
    };
  }

  private static ColumnType named(Schema schema, Map<String, ColumnType> names, ColumnType bare) {
    for (String property : List.of("connect.name", "logicalType", "connect.type")) {
      String name = schema.getProp(property);
      if (name != null && names.containsKey(name)) {
        return names.get(name);
      }
    }
    return bare;
  }

  private static boolean isVariableScaleDecimal(Schema record) {
    String name = record.getProp("connect.name");
    return "io.debezium.data.VariableScaleDecimal"
            .equals(name == null ? record.getFullName() : name)
        && record.getFields().size() == 2
        && isType(record.getField("scale"), Schema.Type.INT)
        && isType(record.getField("value"), Schema.Type.BYTES);
  }

  private static boolean isType(Schema.Field field, Schema.Type type) {
    return field != null && field.schema().getType() == type;
  }

  /** The scale of a decimal, 0 where the schema has none, as Avro says. */
  static int scale(Schema decimal) {
    Object scale = decimal.getObjectProp("scale");
    if (scale == null) {
      scale = parameters(decimal).getOrDefault("scale", "0");
    }
    try {
      return BytesReaders.checkScale(Integer.parseInt(scale.toString()));
    } catch (NumberFormatException e) {
      throw new MalformedException("decimal's scale in the schema is '" + scale + "'");
    }
  }

  static boolean isNullable(Schema schema) {
    return schema.isNullable();
  }

  /** The other branch of a union of one type and null; any other schema as it is. */
  static Schema withoutNull(Schema schema) {
    if (schema.getType() != Schema.Type.UNION) {
      return schema;
    }
    List<Schema> branches = schema.getTypes();
    if (branches.size() == 1) {
      return branches.get(0);
    }
    int nullBranch = nullBranch(schema);
    return branches.size() == 2 && nullBranch >= 0 ? branches.get(1 - nullBranch) : schema;
  }

  /** Index of null in a union, -1 without one. */
  static int nullBranch(Schema union) {
    List<Schema> branches = union.getTypes();
    for (int i = 0; i < branches.size(); i++) {
      if (branches.get(i).getType() == Schema.Type.NULL) {
        return i;
      }
    }
    return -1;
  }
}
