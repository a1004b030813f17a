package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * The default of a column that appears: at the source the rows of before have it, and no change
 * event says so.
 *
 * <p>Debezium says constants. For an expression it says 0 or nothing, so a time of 0 and a serial's
 * 0 are no default here: those rows are known only when the table is read again.
 */
final class ColumnDefault {
  private ColumnDefault() {}

  /** {@code DEFAULT …} ready for SQL, with a space before it; empty if there is none to know. */
  static String clause(Column column) {
    return text(column).map(text -> " DEFAULT '" + text.replace("'", "''") + "'").orElse("");
  }

  private static Optional<String> text(Column column) {
    String preset = column.parameters().get(Column.DEFAULT);
    if (preset == null) {
      return Optional.empty();
    }
    return switch (column.type()) {
      case BOOLEAN, FLOAT32, FLOAT64, STRING, ENUM, JSON, UUID, XML, INTERVAL ->
          Optional.of(preset);
      case INT16, INT32, INT64 -> isSerial(column) ? Optional.empty() : Optional.of(preset);
      case DECIMAL -> Optional.of(decimal(preset, column));
      case DATE,
          TIME_MICROS,
          TIME_MILLIS,
          TIME_NANOS,
          TIMESTAMP_MILLIS,
          TIMESTAMP_MICROS,
          TIMESTAMP_NANOS ->
          time(preset, column);
      case ZONED_TIMESTAMP, ZONED_TIME ->
          preset.startsWith("1970-01-01T00:00") || preset.startsWith("00:00")
              ? Optional.empty()
              : Optional.of(preset);
      case BYTES, VARIABLE_SCALE_DECIMAL, DURATION_MICROS, BITS, ARRAY, MAP, STRUCT ->
          Optional.empty();
    };
  }

  private static boolean isSerial(Column column) {
    return column
        .parameters()
        .getOrDefault(ColumnTypes.SOURCE_TYPE, "")
        .toLowerCase(Locale.ROOT)
        .contains("serial");
  }

  private static String decimal(String preset, Column column) {
    int scale = ColumnTypes.parameter(column, "scale", 0);
    byte[] unscaled = preset.getBytes(StandardCharsets.ISO_8859_1);
    return new BigDecimal(new BigInteger(unscaled), scale).toPlainString();
  }

  private static Optional<String> time(String preset, Column column) {
    long number = Long.parseLong(preset);
    if (number == 0) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder();
    Object value = column.type() == ColumnType.DATE ? (Object) (int) number : (Object) number;
    ValueText.of(column.type()).append(value, column, null, text);
    return Optional.of(text.toString());
  }
}
