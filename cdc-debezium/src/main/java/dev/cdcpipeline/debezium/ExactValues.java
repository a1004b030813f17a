package dev.cdcpipeline.debezium;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.UnchangedToastedReplicationMessageColumn;
import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import java.sql.Types;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * Carries the values that Debezium's own conversions change: arrays, {@code numeric} without a
 * scale or with more than 38 digits, {@code varbit}, {@code bit} of more than 64, and dates. All
 * other columns stay as Debezium has them.
 *
 * <p>Arrays, numbers and bits travel as PostgreSQL's own text, so that nested arrays, bounds, NaN,
 * trailing zeros and leading zeros survive; dates as Debezium's days, with infinity at the ends of
 * the range. The column's source type, which Debezium propagates, says what the text is.
 */
public final class ExactValues implements CustomConverter<SchemaBuilder, RelationalColumn> {
  /** The connector's setting, which is the converter's, too. */
  static final String PLACEHOLDER = "unavailable.value.placeholder";

  static final String DEFAULT_PLACEHOLDER = "__debezium_unavailable_value";
  // longer ones may be stored out of line, and a decimal has no form for a value that wasn't sent,
  // nor have bits
  private static final int MAX_DECIMAL_PRECISION = 38;
  private static final int MAX_BITS = 64;
  private static final int MAX_NUMERIC_SCALE = 1000;

  /** Debezium reads them as arrays, which they are not to the driver. */
  private static final Set<String> VECTORS = Set.of("int2vector", "oidvector");

  private String placeholder = DEFAULT_PLACEHOLDER;

  /** The configuration in which each such converter writes the connector's own placeholder. */
  static Configuration withPlaceholder(Configuration config) {
    String converters = config.getString("converters", "");
    Configuration.Builder edited = config.edit();
    for (String name : converters.split(",")) {
      if (ExactValues.class.getName().equals(config.getString(name.trim() + ".type"))) {
        edited.with(
            name.trim() + "." + PLACEHOLDER, config.getString(PLACEHOLDER, DEFAULT_PLACEHOLDER));
      }
    }
    return edited.build();
  }

  @Override
  public void configure(Properties properties) {
    placeholder = properties.getProperty(PLACEHOLDER, DEFAULT_PLACEHOLDER);
  }

  @Override
  public void converterFor(
      RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
    String name = column.dataCollection() + "." + column.name();
    String type = column.typeName().toLowerCase(Locale.ROOT);
    if (column.jdbcType() == Types.ARRAY || VECTORS.contains(type)) {
      registration.register(SchemaBuilder.string(), text(name, ExactText::array));
    } else if (type.equals("numeric") && !isDecimal(column)) {
      registration.register(SchemaBuilder.string(), text(name, ExactText::number));
    } else if (type.equals("varbit")
        || (type.equals("bit") && column.length().orElse(0) > MAX_BITS)) {
      registration.register(SchemaBuilder.string(), text(name, ExactText::bits));
    } else if (type.equals("date")) {
      registration.register(
          SchemaBuilder.int32().name("io.debezium.time.Date").version(1),
          value -> value == null ? null : EpochDays.of(name, value));
    }
  }

  /** Whether a decimal of the column's scale has every value of the column, sent or not. */
  private static boolean isDecimal(RelationalColumn column) {
    int precision = column.length().orElse(0);
    return precision > 0
        && precision <= MAX_DECIMAL_PRECISION
        && column.scale().orElse(0) <= MAX_NUMERIC_SCALE;
  }

  private Converter text(String column, ExactText form) {
    return value -> {
      if (value == null) {
        return null;
      }
      if (UnchangedToastedReplicationMessageColumn.isUnchangedToastedValue(value)) {
        return placeholder;
      }
      return form.of(column, value);
    };
  }
}
