package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The PostgreSQL type for a column of a change event: the source's own where the event says it and
 * the target has it, else the one its representation fits in without loss.
 */
public final class ColumnTypes {
  public static final String SOURCE_TYPE = "__debezium.source.column.type";
  public static final String SOURCE_LENGTH = "__debezium.source.column.length";
  public static final String SOURCE_SCALE = "__debezium.source.column.scale";

  private static final int MAX_NUMERIC_PRECISION = 1000;
  private static final int MAX_CHARACTER_LENGTH = 10_485_760;
  private static final Map<String, String> SERIAL =
      Map.of(
          "serial", "int4",
          "serial4", "int4",
          "bigserial", "int8",
          "serial8", "int8",
          "smallserial", "int2",
          "serial2", "int2");

  private final TableCatalog catalog;

  public ColumnTypes(TableCatalog catalog) {
    this.catalog = catalog;
  }

  /**
   * The type ready for SQL, with length and scale.
   *
   * @throws FatalWriteException the representation has no counterpart at the target
   */
  public String typeOf(String table, Column column) throws SQLException {
    String named = column.parameters().get(SOURCE_TYPE);
    if (named != null) {
      Optional<String> known = known(named);
      if (known.isPresent()) {
        return known.get() + modifier(known.get(), column);
      }
    }
    return represented(table, column);
  }

  // Debezium writes the name in capitals, whatever it is at the source
  private Optional<String> known(String named) throws SQLException {
    String lower = named.toLowerCase(Locale.ROOT);
    Optional<String> type = catalog.findType(SERIAL.getOrDefault(lower, lower));
    return type.isPresent() ? type : catalog.findType(named);
  }

  private static String modifier(String type, Column column) {
    int length = parameter(column, SOURCE_LENGTH, -1);
    return switch (type) {
      case "character varying", "bit varying" ->
          length > 0 && length <= MAX_CHARACTER_LENGTH ? "(" + length + ")" : "";
      case "bpchar", "character", "\"bit\"" ->
          length > 0 && length <= MAX_CHARACTER_LENGTH ? "(" + length + ")" : "";
      case "numeric" -> numericModifier(column, length);
      default -> "";
    };
  }

  private static String numericModifier(Column column, int length) {
    int scale = parameter(column, SOURCE_SCALE, parameter(column, "scale", 0));
    // the source says neither of a numeric without them, and a negative scale not as it is
    boolean constrained =
        (column.type() == ColumnType.DECIMAL
                || (column.parameters().containsKey(SOURCE_SCALE)
                    && scale <= MAX_NUMERIC_PRECISION))
            && length > 0
            && length <= MAX_NUMERIC_PRECISION;
    return constrained ? "(" + length + "," + scale + ")" : "";
  }

  private String represented(String table, Column column) throws SQLException {
    return switch (column.type()) {
      case BOOLEAN -> "boolean";
      case INT16 -> "smallint";
      case INT32 -> "integer";
      case INT64 -> "bigint";
      case FLOAT32 -> "real";
      case FLOAT64 -> "double precision";
      case STRING, ENUM -> "text";
      case BYTES -> isText(column) ? "text" : "bytea";
      case DECIMAL, VARIABLE_SCALE_DECIMAL -> "numeric";
      case DATE -> "date";
      case TIME_MICROS, TIME_MILLIS, TIME_NANOS -> "time";
      case TIMESTAMP_MILLIS, TIMESTAMP_MICROS, TIMESTAMP_NANOS -> "timestamp";
      case ZONED_TIMESTAMP -> "timestamptz";
      case ZONED_TIME -> "timetz";
      case DURATION_MICROS, INTERVAL -> "interval";
      case JSON -> "json";
      case UUID -> "uuid";
      case XML -> "xml";
      case BITS -> bits(column);
      case ARRAY -> "text[]";
      case MAP -> catalog.findType("hstore").orElse("jsonb");
      case STRUCT ->
          throw new FatalWriteException(
              "cannot create column %s of %s: its type %s has no counterpart at the target; create the table by hand with a type that reads its text, or exclude the column at the source"
                  .formatted(
                      column.name(), table, column.parameters().getOrDefault(SOURCE_TYPE, "?")));
    };
  }

  // what Debezium doesn't know it carries as the bytes of its text
  private static boolean isText(Column column) {
    return !column.parameters().getOrDefault(SOURCE_TYPE, "BYTEA").equals("BYTEA");
  }

  private static String bits(Column column) {
    int length = parameter(column, "length", 0);
    return length > 0 && length <= MAX_CHARACTER_LENGTH ? "bit(" + length + ")" : "varbit";
  }

  static int parameter(Column column, String name, int otherwise) {
    String value = column.parameters().get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}
