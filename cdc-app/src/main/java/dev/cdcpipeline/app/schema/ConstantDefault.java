package dev.cdcpipeline.app.schema;

import dev.cdcpipeline.model.event.ColumnType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A default that change events carry, in the form in which a registered schema has it. */
final class ConstantDefault {
  private static final Pattern NUMBER =
      Pattern.compile("\\(?(-?\\d+(?:\\.\\d+)?)\\)?(?:::[\\w ]+)?");
  private static final Pattern TEXT = Pattern.compile("'((?:[^']|'')*)'::.+");
  private static final Pattern BOOLEAN = Pattern.compile("true|false");
  private static final LocalDateTime EPOCH = LocalDate.EPOCH.atStartOfDay();

  private ConstantDefault() {}

  /** Whether a default is a constant; an expression is worked out by the source, row by row. */
  static boolean isConstant(String preset) {
    return preset != null && literal(preset).isPresent();
  }

  /** The column's default; empty if it has none, or one that events do not say. */
  static Optional<String> of(SourceColumn column) {
    if (column.preset() == null || !column.generation().isEmpty()) {
      return Optional.empty();
    }
    try {
      return literal(column.preset()).flatMap(literal -> registered(column, literal));
    } catch (DateTimeException | NumberFormatException e) {
      return Optional.empty(); // a special value such as infinity
    }
  }

  private static Optional<String> literal(String preset) {
    Matcher number = NUMBER.matcher(preset);
    if (number.matches()) {
      return Optional.of(number.group(1));
    }
    Matcher text = TEXT.matcher(preset);
    if (text.matches()) {
      return Optional.of(text.group(1).replace("''", "'"));
    }
    return BOOLEAN.matcher(preset).matches() ? Optional.of(preset) : Optional.empty();
  }

  private static Optional<String> registered(SourceColumn column, String literal) {
    ColumnType type = column.represented();
    return switch (type) {
      case DECIMAL -> {
        BigDecimal value = new BigDecimal(literal).setScale(column.scale(), RoundingMode.HALF_UP);
        yield Optional.of(
            new String(value.unscaledValue().toByteArray(), StandardCharsets.ISO_8859_1));
      }
      case DATE -> Optional.of(String.valueOf(LocalDate.parse(literal).toEpochDay()));
      case TIMESTAMP_MICROS -> {
        LocalDateTime time = LocalDateTime.parse(literal.replace(' ', 'T'));
        yield Optional.of(String.valueOf(ChronoUnit.MICROS.between(EPOCH, time)));
      }
      case BOOLEAN, INT16, INT32, INT64, FLOAT32, FLOAT64, STRING, ENUM, JSON, UUID, XML ->
          Optional.of(literal);
      case BYTES,
          VARIABLE_SCALE_DECIMAL,
          TIME_MICROS,
          TIME_MILLIS,
          TIME_NANOS,
          TIMESTAMP_MILLIS,
          TIMESTAMP_NANOS,
          ZONED_TIMESTAMP,
          ZONED_TIME,
          DURATION_MICROS,
          INTERVAL,
          BITS,
          ARRAY,
          MAP,
          STRUCT ->
          Optional.empty();
    };
  }
}
