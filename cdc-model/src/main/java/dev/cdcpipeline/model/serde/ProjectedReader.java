package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import java.math.BigDecimal;
import java.util.function.UnaryOperator;
import org.apache.avro.Schema;

/** Reads the columns that a projection wants out of a record of one schema. */
final class ProjectedReader<R> extends RecordReader<R> {
  private static final int SKIPPED = -1;

  private final Schema schema;
  private final Projection<R> projection;
  private final ValueReader[] fields;
  private final int[] places;
  private final int minimumBytes;

  ProjectedReader(Schema schema, Projection<R> projection, ReaderCompiler compiler) {
    this.schema = schema;
    this.projection = projection;
    int size = schema.getFields().size();
    this.fields = new ValueReader[size];
    this.places = new int[size];
    int minimum = 0;
    for (Schema.Field field : schema.getFields()) {
      int i = field.pos();
      int place = projection.type().indexOf(field.name());
      places[i] = place < 0 ? SKIPPED : place;
      fields[i] =
          place < 0
              ? compiler.value(field.schema())
              : wanted(field, projection.type().columns().get(place).type(), compiler);
      minimum = sum(minimum, fields[i].minimumBytes());
    }
    minimumBytes = minimum;
    for (Column column : projection.type().columns()) {
      if (!column.nullable() && schema.getField(column.name()) == null) {
        throw new MalformedException(
                "it is missing from the schema",
                "take it out of the reader's columns, or make it optional")
            .in(column.name());
      }
    }
  }

  private static ValueReader wanted(Schema.Field field, ColumnType type, ReaderCompiler compiler) {
    Column written = ColumnTypes.column(field);
    UnaryOperator<Object> conversion = conversion(written.type(), type);
    if (conversion == null) {
      throw new MalformedException(
              "its type is " + written.type() + " in the schema, expected " + type,
              "read it as another type, or change the source's type back")
          .in(field.name());
    }
    ValueReader reader = compiler.value(field.schema());
    return conversion == KEPT ? reader : new Converted(reader, conversion);
  }

  private static final UnaryOperator<Object> KEPT = UnaryOperator.identity();

  /** How a value written as one type is read as another; null if it cannot be. */
  private static UnaryOperator<Object> conversion(ColumnType from, ColumnType to) {
    if (from == to) {
      return KEPT;
    }
    return switch (to) {
      case INT64 ->
          from == ColumnType.INT16 || from == ColumnType.INT32
              ? v -> ((Integer) v).longValue()
              : null;
      case FLOAT64 -> from == ColumnType.FLOAT32 ? v -> ((Float) v).doubleValue() : null;
      case DECIMAL -> toDecimal(from);
      case TIMESTAMP_MICROS ->
          from == ColumnType.TIMESTAMP_MILLIS
              ? ProjectedReader::microsOfMillis
              : from == ColumnType.TIMESTAMP_NANOS ? v -> Math.floorDiv((Long) v, 1000L) : null;
      case TIME_MICROS ->
          from == ColumnType.TIME_MILLIS
              ? ProjectedReader::microsOfMillis
              : from == ColumnType.TIME_NANOS ? v -> Math.floorDiv((Long) v, 1000L) : null;
      case STRING ->
          switch (from) {
            case ENUM, JSON, UUID, XML, INTERVAL, ZONED_TIMESTAMP, ZONED_TIME -> KEPT;
            default -> null;
          };
      default -> null;
    };
  }

  private static UnaryOperator<Object> toDecimal(ColumnType from) {
    return switch (from) {
      case VARIABLE_SCALE_DECIMAL -> KEPT;
      case INT16, INT32, INT64 -> v -> BigDecimal.valueOf(((Number) v).longValue());
      default -> null;
    };
  }

  private static Object microsOfMillis(Object millis) {
    long value = (Long) millis;
    if (value > Long.MAX_VALUE / 1000 || value < Long.MIN_VALUE / 1000) {
      throw new MalformedException("is " + value + ", too large for milliseconds");
    }
    return value * 1000;
  }

  @Override
  R read(AvroInput in) {
    Object[] values = new Object[projection.type().size()];
    in.enter(fields.length);
    int i = 0;
    try {
      for (; i < fields.length; i++) {
        int place = places[i];
        if (place == SKIPPED) {
          fields[i].skip(in);
        } else {
          values[place] = fields[i].read(in);
        }
      }
    } catch (MalformedException e) {
      throw e.in(schema.getFields().get(i).name());
    }
    in.leave();
    for (int place = 0; place < values.length; place++) {
      check(place, values[place]);
    }
    return projection.row(values);
  }

  private void check(int place, Object value) {
    boolean right =
        switch (projection.presence(place)) {
          case REQUIRED -> value != null && value != Row.UNAVAILABLE;
          case OPTIONAL -> value != Row.UNAVAILABLE;
          case TOASTABLE -> true;
        };
    if (!right) {
      throw new MalformedException(
              "is " + value,
              "set REPLICA IDENTITY FULL for the table, or let the reader take the column as"
                  + " toastable or optional")
          .in(projection.type().columns().get(place).name());
    }
  }

  @Override
  void skip(AvroInput in) {
    in.enter(fields.length);
    for (ValueReader field : fields) {
      field.skip(in);
    }
    in.leave();
  }

  @Override
  int minimumBytes() {
    return minimumBytes;
  }

  /** Reads a value and makes another of it, unless it is null or unavailable. */
  private static final class Converted extends ValueReader {
    private final ValueReader reader;
    private final UnaryOperator<Object> conversion;

    Converted(ValueReader reader, UnaryOperator<Object> conversion) {
      this.reader = reader;
      this.conversion = conversion;
    }

    @Override
    Object read(AvroInput in) {
      Object value = reader.read(in);
      return value == null || value == Row.UNAVAILABLE ? value : conversion.apply(value);
    }

    @Override
    void skip(AvroInput in) {
      reader.skip(in);
    }

    @Override
    int minimumBytes() {
      return reader.minimumBytes();
    }
  }
}
