package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.debezium.connector.postgresql.UnchangedToastedReplicationMessageColumn;
import io.debezium.data.SpecialValueDecimal;
import io.debezium.spi.converter.CustomConverter.Converter;
import io.debezium.spi.converter.CustomConverter.ConverterRegistration;
import io.debezium.spi.converter.RelationalColumn;
import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.util.GregorianCalendar;
import java.util.OptionalInt;
import java.util.Properties;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;
import org.postgresql.PGStatement;
import org.postgresql.util.PGobject;

class ExactValuesTest {

  /** A column as Debezium describes it. */
  private record Described(String typeName, int jdbcType, OptionalInt length, OptionalInt scale)
      implements RelationalColumn {
    @Override
    public String name() {
      return "v";
    }

    @Override
    public String dataCollection() {
      return "public.t";
    }

    @Override
    public int nativeType() {
      return 0;
    }

    @Override
    public String typeExpression() {
      return typeName;
    }

    @Override
    public boolean isOptional() {
      return true;
    }

    @Override
    public Object defaultValue() {
      return null;
    }

    @Override
    public boolean hasDefaultValue() {
      return false;
    }
  }

  private static final class Registered implements ConverterRegistration<SchemaBuilder> {
    private SchemaBuilder schema;
    private Converter converter;

    @Override
    public void register(SchemaBuilder fieldSchema, Converter fieldConverter) {
      schema = fieldSchema;
      converter = fieldConverter;
    }
  }

  private static Registered registered(
      String type, int jdbcType, OptionalInt length, OptionalInt scale) {
    ExactValues values = new ExactValues();
    values.configure(new Properties());
    Registered registered = new Registered();
    values.converterFor(new Described(type, jdbcType, length, scale), registered);
    return registered;
  }

  private static Registered of(String type, int jdbcType) {
    return registered(type, jdbcType, OptionalInt.empty(), OptionalInt.empty());
  }

  private static PGobject object(String type, String value) throws Exception {
    PGobject object = new PGobject();
    object.setType(type);
    object.setValue(value);
    return object;
  }

  @Test
  void leavesToDebeziumWhatDebeziumCarriesExactly() {
    assertThat(of("int4", Types.INTEGER).converter).isNull();
    assertThat(of("timestamp", Types.TIMESTAMP).converter).isNull();
    assertThat(
            registered("numeric", Types.NUMERIC, OptionalInt.of(10), OptionalInt.of(2)).converter)
        .as("money keeps its decimal")
        .isNull();
  }

  @Test
  void anArrayIsTheTextThatTheServerSent() {
    Registered arrays = of("_int4", Types.ARRAY);

    assertThat(arrays.schema.type()).isEqualTo(Schema.Type.STRING);
    assertThat(arrays.converter.convert("[0:1]={5,NULL}")).isEqualTo("[0:1]={5,NULL}");
    assertThat(arrays.converter.convert(null)).isNull();
  }

  @Test
  void anArrayThatWasNotSentIsThePlaceholder() {
    Registered arrays = of("_int4", Types.ARRAY);

    for (Object unchanged :
        new Object[] {
          UnchangedToastedReplicationMessageColumn.UNCHANGED_TOAST_VALUE,
          UnchangedToastedReplicationMessageColumn.UNCHANGED_TEXT_ARRAY_TOAST_VALUE,
          UnchangedToastedReplicationMessageColumn.UNCHANGED_INT_ARRAY_TOAST_VALUE,
          UnchangedToastedReplicationMessageColumn.UNCHANGED_BIGINT_ARRAY_TOAST_VALUE
        }) {
      assertThat(arrays.converter.convert(unchanged)).isEqualTo("__debezium_unavailable_value");
    }
  }

  @Test
  void aNumericWithoutScaleKeepsItsZerosAndItsSpecialValues() {
    Registered numbers = registered("numeric", Types.NUMERIC, OptionalInt.of(0), OptionalInt.of(0));

    assertThat(numbers.converter.convert(new SpecialValueDecimal(new BigDecimal("1.500"))))
        .isEqualTo("1.500");
    assertThat(numbers.converter.convert(new SpecialValueDecimal(new BigDecimal("1E+3"))))
        .isEqualTo("1000");
    assertThat(numbers.converter.convert(SpecialValueDecimal.NOT_A_NUMBER)).isEqualTo("NaN");
    assertThat(numbers.converter.convert(SpecialValueDecimal.POSITIVE_INF)).isEqualTo("Infinity");
    assertThat(numbers.converter.convert(SpecialValueDecimal.NEGATIVE_INF)).isEqualTo("-Infinity");
  }

  @Test
  void aNumericWithANegativeScaleIsTextToo() {
    assertThat(
            registered("numeric", Types.NUMERIC, OptionalInt.of(5), OptionalInt.of(2046)).converter)
        .isNotNull();
  }

  @Test
  void aNumericThatMayBeStoredOutOfLineIsTextToo() {
    assertThat(
            registered("numeric", Types.NUMERIC, OptionalInt.of(38), OptionalInt.of(2)).converter)
        .isNull();
    Registered numbers =
        registered("numeric", Types.NUMERIC, OptionalInt.of(39), OptionalInt.of(2));

    assertThat(
            numbers.converter.convert(
                UnchangedToastedReplicationMessageColumn.UNCHANGED_TOAST_VALUE))
        .isEqualTo("__debezium_unavailable_value");
    assertThat(numbers.converter.convert(new BigDecimal("1.50"))).isEqualTo("1.50");
  }

  @Test
  void bitsKeepTheirLeadingZeros() throws Exception {
    Registered bits = of("varbit", Types.OTHER);

    assertThat(bits.converter.convert("0001")).isEqualTo("0001");
    assertThat(bits.converter.convert(object("varbit", "000"))).isEqualTo("000");
    assertThat(bits.converter.convert("")).isEqualTo("");
    assertThat(registered("bit", Types.BIT, OptionalInt.of(64), OptionalInt.empty()).converter)
        .as("never stored out of line")
        .isNull();
    assertThat(registered("bit", Types.BIT, OptionalInt.of(65), OptionalInt.empty()).converter)
        .isNotNull();
  }

  @SuppressWarnings("JavaUtilDate") // it is what the driver gives
  @Test
  void aDateIsDaysOnTheGregorianCalendarAndInfinityAtTheEnds() {
    Registered dates = of("date", Types.DATE);

    assertThat(dates.schema.name()).isEqualTo("io.debezium.time.Date");
    assertThat(dates.converter.convert(LocalDate.of(2000, 2, 29))).isEqualTo(11_016);
    assertThat(dates.converter.convert(LocalDate.MAX)).isEqualTo(Integer.MAX_VALUE);
    assertThat(dates.converter.convert(LocalDate.MIN)).isEqualTo(Integer.MIN_VALUE);
    assertThat(dates.converter.convert(LocalDate.of(-5877611, 6, 21)))
        .as("what Debezium reads from the text infinity")
        .isEqualTo(Integer.MAX_VALUE);
    assertThat(dates.converter.convert(LocalDate.of(-5877611, 6, 22)))
        .as("what Debezium reads from the text -infinity")
        .isEqualTo(Integer.MIN_VALUE);
    assertThat(dates.converter.convert(new Date(PGStatement.DATE_POSITIVE_INFINITY)))
        .isEqualTo(Integer.MAX_VALUE);
    assertThat(dates.converter.convert(new Date(PGStatement.DATE_NEGATIVE_INFINITY)))
        .isEqualTo(Integer.MIN_VALUE);
  }

  @Test
  void theDriversDateBeforeTheGregorianCalendarMeansItsFields() {
    Registered dates = of("date", Types.DATE);
    GregorianCalendar fields = new GregorianCalendar();
    fields.clear();
    fields.set(GregorianCalendar.ERA, GregorianCalendar.BC);
    fields.set(44, 2, 15);

    assertThat(dates.converter.convert(fields.getTime()))
        .isEqualTo((int) LocalDate.of(-43, 3, 15).toEpochDay());
  }

  @Test
  void refusesAValueOfAClassThatItDoesNotKnow() {
    assertThatThrownBy(() -> of("varbit", Types.OTHER).converter.convert(new Timestamp(0)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "cannot carry a value of public.t.v: expected a bit string, was a java.sql.Timestamp;"
                + " check the versions of Debezium and of its JDBC driver");
  }
}
