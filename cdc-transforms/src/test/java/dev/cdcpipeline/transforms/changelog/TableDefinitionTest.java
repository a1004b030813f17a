package dev.cdcpipeline.transforms.changelog;

import static dev.cdcpipeline.transforms.changelog.ColumnKind.DECIMAL;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.INTEGER;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.TEXT;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.TIMESTAMP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableDefinitionTest {

  record Reading(long readingId, Long sensorId, String note, BigDecimal amount, Long takenAt) {}

  private static final TableDefinition<Reading> READINGS =
      TableDefinition.of("plant", "readings")
          .key("reading_id", INTEGER)
          .column("sensor_id", INTEGER)
          .column("note", TEXT)
          .column("amount", DECIMAL)
          .column("taken_at", TIMESTAMP)
          .rows(
              row ->
                  new Reading(
                      row.integer("reading_id"),
                      row.integer("sensor_id"),
                      row.text("note"),
                      row.decimal("amount"),
                      row.timestamp("taken_at")));

  /** Columns of a source's row, each with its value. */
  private static final class Columns {
    private final List<Column> columns = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();

    Columns with(String name, ColumnType type, Object value) {
      columns.add(new Column(name, type, true, Map.of()));
      values.add(value);
      return this;
    }

    Row row() {
      return new Row(new RowType(columns), values.toArray());
    }
  }

  private static Columns columns() {
    return new Columns();
  }

  private static Reading read(Columns columns) {
    return READINGS.row(READINGS.valuesOf(columns.row()));
  }

  @Test
  void readsAColumnThatWasWidened() {
    assertThat(
            read(
                columns()
                    .with("reading_id", ColumnType.INT32, 7)
                    .with("sensor_id", ColumnType.INT16, 3)
                    .with("amount", ColumnType.DECIMAL, new BigDecimal("12.30"))))
        .isEqualTo(new Reading(7, 3L, null, new BigDecimal("12.30"), null));
    assertThat(
            read(
                columns()
                    .with("reading_id", ColumnType.INT64, 5_000_000_000L)
                    .with("sensor_id", ColumnType.INT32, 3)
                    .with("amount", ColumnType.DECIMAL, new BigDecimal("12.3456"))))
        .isEqualTo(new Reading(5_000_000_000L, 3L, null, new BigDecimal("12.3456"), null));
  }

  @Test
  void skipsAColumnThatWasAddedAndReadsADroppedOneAsNull() {
    assertThat(
            read(
                columns()
                    .with("added", ColumnType.BYTES, new byte[] {1})
                    .with("taken_at", ColumnType.TIMESTAMP_MICROS, 1_000_001L)
                    .with("reading_id", ColumnType.INT32, 7)))
        .isEqualTo(new Reading(7, null, null, null, 1_000_001L));
  }

  @Test
  void leavesAnUnavailableTextAsItIs() {
    Object[] values =
        READINGS.valuesOf(
            columns()
                .with("reading_id", ColumnType.INT32, 7)
                .with("note", ColumnType.STRING, Row.UNAVAILABLE)
                .row());

    assertThat(READINGS.firstUnavailable(values)).isEqualTo("note");
  }

  @ParameterizedTest
  @CsvSource({
    "TIMESTAMP_MILLIS, 1500, 1500000",
    "TIMESTAMP_MICROS, 1500, 1500",
    "TIMESTAMP_NANOS, 1500, 1",
    "TIMESTAMP_NANOS, -1, -1"
  })
  void readsTimesOfAnyPrecisionAsMicroseconds(ColumnType type, long value, long micros) {
    assertThat(
            read(columns().with("reading_id", ColumnType.INT32, 7).with("taken_at", type, value))
                .takenAt())
        .isEqualTo(micros);
  }

  @Test
  void refusesATimeThatIsTooLargeForMilliseconds() {
    assertThatThrownBy(
            () ->
                read(
                    columns()
                        .with("reading_id", ColumnType.INT32, 7)
                        .with("taken_at", ColumnType.TIMESTAMP_MILLIS, Long.MAX_VALUE)))
        .isInstanceOf(UnusableRecordException.class)
        .hasMessage("the time 9223372036854775807 is too large for milliseconds");
  }

  @Test
  void refusesAColumnOfAnotherType() {
    assertThatThrownBy(
            () ->
                read(
                    columns()
                        .with("reading_id", ColumnType.INT32, 7)
                        .with("sensor_id", ColumnType.STRING, "3")))
        .isInstanceOf(UnusableRecordException.class)
        .hasMessage(
            "column sensor_id is STRING, the transforms read it as INTEGER; change the table's"
                + " definition or the source connector's handling modes");
  }

  @Test
  void refusesARowWithoutItsKey() {
    assertThatThrownBy(() -> read(columns().with("id", ColumnType.INT32, 7)))
        .isInstanceOf(UnusableRecordException.class)
        .hasMessageStartingWith("row of plant.readings has no key column reading_id, only ");
    assertThatThrownBy(() -> read(columns().with("reading_id", ColumnType.INT32, null)))
        .isInstanceOf(UnusableRecordException.class)
        .hasMessage("key column reading_id of plant.readings has no value");
  }
}
